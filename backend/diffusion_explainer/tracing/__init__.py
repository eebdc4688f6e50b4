"""Runs a model and records what it does: the only package that imports torch.

schedulers      the samplers on offer
coefficients    what each recorded tensor is multiplied by in a step
clip            text and image embeddings in CLIP's shared space
models          loads a pipeline and describes it
capture         the hooks that watch a pipeline
conditioning    a prompt as the tensors that the UNet reads
events          what a generation reports while it runs
generate        request + model → events → trace
experiments     comparisons, one word left out, grids and branches, in shared batches
progress        a progress bar of the steps
"""
