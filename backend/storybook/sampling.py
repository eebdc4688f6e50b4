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
        text = pipeline.text_encoder(encode(pipeline.tokenizer, prompts[part])).last_hidden_state
        empty = pipeline.text_encoder(encode(pipeline.tokenizer, negative_prompts[part])).last_hidden_state
        latents = denoise(pipeline, noise[part], text, empty, guidance_scale, steps)
        pictures.append(pipeline.vae.decode(latents).sample.clamp(-1, 1))
    return torch.cat(pictures)


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
