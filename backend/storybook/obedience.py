"""What the model makes of prompt, guidance, seed and negative prompt, as the judge reads it off the pictures."""

from collections.abc import Iterable
from random import Random

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from torch import Tensor
from torch.nn import functional

from storybook import judge as judging
from storybook.captions import with_article
from storybook.judge import Judge
from storybook.sampling import sample
from storybook.scenes import PLACES, SCENES
from storybook.sheet import to_pixels
from storybook.styles import STYLES

CURVE = (0.0, 0.25, 0.5, 1.0, 2.0, 3.5, 5.0, 7.5)


def prompt(description: dict) -> str:
    """The plain prompt of a description: `a fox in the snow, ink drawing`."""
    place = SCENES[description["scene"]].phrases[0]
    return f"{with_article(description['subject'])} {place}, {style_of(description)}"


def without_scene(description: dict) -> str:
    """`a fox, ink drawing`."""
    return f"{with_article(description['subject'])}, {style_of(description)}"


def style_of(description: dict) -> str:
    return STYLES[description["style"]].phrases[0]


def guidance_curve(
    pipeline: StableDiffusionPipeline, judge: Judge, asked: list[dict], truth: Tensor, seed: int
) -> dict[str, dict[str, float]]:
    """What the judge reads right at several guidance scales."""
    prompts = [prompt(d) for d in asked]
    return {str(w): judging.score(judge, sample(pipeline, prompts, seed, guidance_scale=w), truth) for w in CURVE}


def negative_scene(
    pipeline: StableDiffusionPipeline, judge: Judge, asked: list[dict], seed: int
) -> tuple[float, float]:
    """How often a scene is still read once the negative prompt names it; and how often it is in other pictures.

    The scene is the one the judge reads off the picture of the same prompt and seed without negative prompt.
    """
    prompts, scenes = [without_scene(d) for d in asked], list(SCENES)
    before = judging.read(judge, sample(pipeline, prompts, seed))[1].argmax(1)
    named = [SCENES[scenes[k]].phrases[0] for k in before.tolist()]
    after = judging.read(judge, sample(pipeline, prompts, seed, negative_prompts=named))[1].argmax(1)
    others = before.roll(1)
    return (after == before).float().mean().item(), (others == before).float().mean().item()


def kept_subject(pipeline: StableDiffusionPipeline, judge: Judge, asked: list[dict], seed: int, keyword: str) -> float:
    """How often the judge reads the same subject after `keyword`, scene or style, changed and the seed stayed."""
    rng, choices = Random(f"{keyword} {seed}"), {"scene": PLACES, "style": list(STYLES)}[keyword]
    changed = [d | {keyword: rng.choice([name for name in choices if name != d[keyword]])} for d in asked]
    before, after = (
        judging.read(judge, sample(pipeline, [prompt(d) for d in part], seed))[0].argmax(1) for part in (asked, changed)
    )
    return (before == after).float().mean().item()


def perceptual_distance(judge: Judge, a: Tensor, b: Tensor) -> Tensor:
    """Squared distance [n] of the judge's unit-length features in every layer: LPIPS without learned weights.

    Zhang et al. 2018, eq. 1, with w = 1.
    """
    total = torch.zeros(len(a))
    for layer in judge.trunk:
        a, b = layer(a), layer(b)
        total += (functional.normalize(a, dim=1) - functional.normalize(b, dim=1)).square().sum(1).mean((1, 2))
    return total / len(judge.trunk)


@torch.no_grad()
def seed_distance(pipeline: StableDiffusionPipeline, judge: Judge, asked: list[dict], seeds: int = 4) -> float:
    """The mean perceptual distance of pictures of one prompt from different seeds."""
    prompts = [prompt(d) for d in asked]
    drawn = [sample(pipeline, prompts, seed) for seed in range(seeds)]
    pairs = [(a, b) for k, a in enumerate(drawn) for b in drawn[:k]]
    return torch.cat([perceptual_distance(judge, a, b) for a, b in pairs]).mean().item()


def thumbnails(pixels: np.ndarray) -> np.ndarray:
    """uint8 [n, 128, 128, 3] to float32 [n, 32·32·3]."""
    small = pixels.reshape(len(pixels), 32, 4, 32, 4, 3).mean((2, 4), dtype=np.float32)
    return small.reshape(len(pixels), -1)


def nearest_renders(pictures: Tensor, shards: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """For each picture the training render at the smallest root mean square distance, of 32×32 thumbnails.

    Returns the renders, uint8 [n, 128, 128, 3], and the distances [n] in grey levels of 255.
    """
    wanted = thumbnails(to_pixels(pictures))
    best, renders = np.full(len(wanted), np.inf), np.zeros((len(wanted), 128, 128, 3), np.uint8)
    for shard in shards:
        known = thumbnails(shard)
        squares = (wanted**2).sum(1)[:, None] + (known**2).sum(1) - 2 * wanted @ known.T
        distances, nearest = np.sqrt(squares.min(1).clip(0) / wanted.shape[1]), squares.argmin(1)
        closer = distances < best
        best[closer], renders[closer] = distances[closer], shard[nearest[closer]]
    return renders, best
