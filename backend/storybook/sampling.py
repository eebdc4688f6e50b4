"""Draws pictures from prompts with the finished parts: DDIM and classifier-free guidance, in batches.

At guidance 0 only the empty prompt speaks, at 1 only the prompt.
"""

import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline
from torch import Tensor

from storybook.tokenizer import encode

GUIDANCE = 5.0
STEPS = 25


@torch.no_grad()
def sample(
    pipeline: StableDiffusionPipeline,
    prompts: list[str],
    seed: int = 0,
    guidance_scale: float = GUIDANCE,
    steps: int = STEPS,
    negative_prompts: list[str] | None = None,
    batch: int = 32,
) -> Tensor:
    """Pictures [n, 3, 128, 128] in −1…1, one a prompt; picture k depends on the seed and k alone."""
    negative_prompts = negative_prompts or [""] * len(prompts)
    noise = torch.stack(
        [
            torch.randn(4, 16, 16, generator=torch.Generator().manual_seed(seed * 100003 + k))
            for k in range(len(prompts))
        ]
    )
    pictures = []
    for start in range(0, len(prompts), batch):
        part = slice(start, start + batch)
        text, empty = (read(pipeline, texts[part]) for texts in (prompts, negative_prompts))
        latents = denoise(pipeline, noise[part].to(pipeline.device), text, empty, guidance_scale, steps)
        pictures.append(pipeline.vae.decode(latents).sample.clamp(-1, 1).cpu())
    return torch.cat(pictures)


def read(pipeline: StableDiffusionPipeline, texts: list[str]) -> Tensor:
    """Text representations [n, 77, 192]."""
    ids = encode(pipeline.tokenizer, texts).to(pipeline.device)
    return pipeline.text_encoder(ids).last_hidden_state


def denoise(
    pipeline: StableDiffusionPipeline,
    latents: Tensor,
    text: Tensor,
    empty: Tensor,
    guidance_scale: float,
    steps: int,
) -> Tensor:
    """From noise [n, 4, 16, 16] to latents, `steps` DDIM steps."""
    scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
    scheduler.set_timesteps(steps)
    for timestep in scheduler.timesteps:
        both = pipeline.unet(torch.cat([latents, latents]), timestep, torch.cat([empty, text])).sample
        unconditional, conditional = both.chunk(2)
        guided = unconditional + guidance_scale * (conditional - unconditional)
        latents = scheduler.step(guided, timestep, latents).prev_sample
    return latents
