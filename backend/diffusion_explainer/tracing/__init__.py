"""Runs a model and records what it does: the only package that imports torch.

Modules, in reading order:

    schedulers        the samplers on offer
    coefficients      what each recorded tensor is multiplied by in a step
    schedules         the same for every number of steps, as tables
    clip              CLIP's shared space of text and images
    fingerprint       what tells two models apart
    pipeline_lock     one lock for each UNet of the process
    quiet             keeps the libraries' warnings out of logs
    decoder           latents to pixels
    models            loads a pipeline and describes it
    cross_attention   attention maps of a UNet's layers
    capture           the hooks that watch a pipeline
    conditioning      a prompt as the tensors that the UNet reads
    events            what a generation reports while it runs
    rounds            runs side by side on one thread, that wait for each other and share calls
    shared_unet       the UNet as the pipelines of such runs have it
    recorder          what one run records
    generate          request + model → events → trace
    experiments       comparisons, one word left out, grids and branches
    progress          a progress bar of the steps
"""
