"""Trains Storybook, the embedded model. The product never imports this package.

    PYTHONPATH=backend python -m storybook make        # every stage, from art to export; resumes
    PYTHONPATH=backend python -m storybook.evaluate    # the tables of the model card

In reading order: subjects (and their names), art (their sprites), scenes, light, styles, compositor (renders a
description), captions, dataset (shards, and what is held out), tokenizer, training (checkpoints, schedule, averaged
weights), autoencoder, latents, clip, denoiser, sampling, contact_sheet, classifier, export, make, prompt_adherence,
evaluate.
"""
