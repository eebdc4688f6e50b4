"""A prompt and its negative as the tensors that the UNet reads."""

from __future__ import annotations

from typing import Any, TypeAlias

import torch

from diffusion_explainer.requests.request import Guidance

from .quiet import quiet

Conditioning: TypeAlias = dict[str, torch.Tensor]

_NAMES = ("prompt_embeds", "negative_prompt_embeds", "pooled_prompt_embeds", "negative_pooled_prompt_embeds")
# What a pipeline's loop calls each pair of them, once it has put unconditional and conditional together.
_HALVES = {
    "prompt_embeds": ("negative_prompt_embeds", "prompt_embeds"),
    "add_text_embeds": ("negative_pooled_prompt_embeds", "pooled_prompt_embeds"),
}


@torch.no_grad()
def encode(pipeline: Any, guidance: Guidance) -> Conditioning:
    """The text representations [1, L, d] of prompt and negative prompt; of SDXL the pooled ones too."""
    with quiet():  # what was cut is recorded; logs are no place for prompts
        encoded = pipeline.encode_prompt(
            guidance.prompt,
            device=pipeline.device,
            num_images_per_prompt=1,
            do_classifier_free_guidance=True,
            # The empty negative prompt of SDXL is all zeros, which no text is.
            negative_prompt=guidance.negative_prompt or None,
        )
    return dict(zip(_NAMES, encoded, strict=False))


def halves(conditioning: Conditioning) -> Conditioning:
    """The same as a pipeline's loop keeps it: unconditional and conditional in one tensor."""
    return {
        name: torch.cat([conditioning[half] for half in pair])
        for name, pair in _HALVES.items()
        if pair[0] in conditioning
    }
