"""Generates pictures in batches with DDIM and classifier-free guidance (Ho & Salimans 2022, arXiv 2207.12598)."""

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
    """One picture for each prompt, [n, 3, 128, 128] in −1…1; picture k depends on its prompts, `seed` and k only.

    At guidance scale 0 the prompt has no effect, at 1 the negative prompt (or the empty one) has none.
    """
    negative_prompts = negative_prompts or [""] * len(prompts)
    generators = [torch.Generator().manual_seed(seed * 100003 + k) for k in range(len(prompts))]
    noise = torch.stack([torch.randn(4, 16, 16, generator=generator) for generator in generators])
    pictures = []
    for start in range(0, len(prompts), batch):
        part = slice(start, start + batch)
        text, negative = (embed(pipeline, texts[part]) for texts in (prompts, negative_prompts))
        latents = denoise(pipeline, noise[part].to(pipeline.device), text, negative, guidance_scale, steps)
        pictures.append(pipeline.vae.decode(latents).sample.clamp(-1, 1).cpu())
    return torch.cat(pictures)


def embed(pipeline: StableDiffusionPipeline, texts: list[str]) -> Tensor:
    """Text embeddings [n, 77, 192]."""
    ids = encode(pipeline.tokenizer, texts).to(pipeline.device)
    return pipeline.text_encoder(ids).last_hidden_state


def denoise(
    pipeline: StableDiffusionPipeline,
    latents: Tensor,
    text: Tensor,
    negative: Tensor,
    guidance_scale: float,
    steps: int,
) -> Tensor:
    """Noise [n, 4, 16, 16] to latents in `steps` DDIM steps, with text embeddings [n, 77, 192]."""
    scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
    scheduler.set_timesteps(steps)
    for timestep in scheduler.timesteps:
        both = pipeline.unet(torch.cat([latents, latents]), timestep, torch.cat([negative, text])).sample
        unconditional, conditional = both.chunk(2)
        guided = unconditional + guidance_scale * (conditional - unconditional)
        latents = scheduler.step(guided, timestep, latents).prev_sample
    return latents
