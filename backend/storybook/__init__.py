"""How Storybook, the embedded model, is made. The product never imports this.

    PYTHONPATH=backend python -m storybook make        # everything from nothing; resumes
    PYTHONPATH=backend python -m storybook.evaluate    # the figures of the model card

In reading order: subjects (what is drawn, and its names), art (where the sprites come from), scenes, styles,
compositor (a description becomes a picture), captions (and words), renders (the data set and what is held out),
tokenizer, training (checkpoints, schedule, average), autoencoder, latents, clip, denoiser, sampling, sheet, judge,
export, make, evaluate.
"""
