"""Measures how generated pictures follow prompt, guidance scale, negative prompt and seed, with the classifier."""

from collections.abc import Iterable
from random import Random

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from torch import Tensor
from torch.nn import functional

from storybook.captions import with_article
from storybook.classifier import Classifier, accuracy, predict
from storybook.contact_sheet import to_pixels
from storybook.sampling import sample
from storybook.scenes import PLACES, SCENES
from storybook.styles import STYLES

GUIDANCE_SCALES = (0.0, 0.25, 0.5, 1.0, 2.0, 3.5, 5.0, 7.5)


def prompt(description: dict) -> str:
    """The plain prompt of a description: `a fox in the snow, ink drawing`."""
    place = SCENES[description["scene"]].phrases[0]
    return f"{with_article(description['subject'])} {place}, {style_phrase(description)}"


def prompt_without_scene(description: dict) -> str:
    """The prompt without its scene: `a fox, ink drawing`."""
    return f"{with_article(description['subject'])}, {style_phrase(description)}"


def style_phrase(description: dict) -> str:
    return STYLES[description["style"]].phrases[0]


def guidance_curve(
    pipeline: StableDiffusionPipeline, classifier: Classifier, descriptions: list[dict], truth: Tensor, seed: int
) -> dict[str, dict[str, float]]:
    """The accuracies at each of `GUIDANCE_SCALES`."""
    prompts = [prompt(d) for d in descriptions]
    return {
        str(w): accuracy(classifier, sample(pipeline, prompts, seed, guidance_scale=w), truth) for w in GUIDANCE_SCALES
    }


def negative_scene(
    pipeline: StableDiffusionPipeline, classifier: Classifier, descriptions: list[dict], seed: int
) -> tuple[float, float]:
    """How often a scene is predicted although the negative prompt names it, and how often it is by chance; 0…1.

    The scene is the one predicted for the same prompt and seed without a negative prompt. Chance is how often two
    different pictures without negative prompt share a scene.
    """
    prompts, scenes = [prompt_without_scene(d) for d in descriptions], list(SCENES)
    before = predict(classifier, sample(pipeline, prompts, seed))[1].argmax(1)
    named = [SCENES[scenes[k]].phrases[0] for k in before.tolist()]
    after = predict(classifier, sample(pipeline, prompts, seed, negative_prompts=named))[1].argmax(1)
    others = before.roll(1)
    return (after == before).float().mean().item(), (others == before).float().mean().item()


def subject_kept(
    pipeline: StableDiffusionPipeline, classifier: Classifier, descriptions: list[dict], seed: int, keyword: str
) -> float:
    """How often the predicted subject stays (0…1) when `keyword`, "scene" or "style", changes and the seed does not."""
    rng, choices = Random(f"{keyword} {seed}"), {"scene": PLACES, "style": list(STYLES)}[keyword]
    changed = [d | {keyword: rng.choice([name for name in choices if name != d[keyword]])} for d in descriptions]
    before, after = (
        predict(classifier, sample(pipeline, [prompt(d) for d in part], seed))[0].argmax(1)
        for part in (descriptions, changed)
    )
    return (before == after).float().mean().item()


def perceptual_distance(classifier: Classifier, a: Tensor, b: Tensor) -> Tensor:
    """Squared distance [n] of the unit-length features of every layer of the classifier: LPIPS, all weights 1.

    Zhang et al. 2018 (arXiv 1801.03924), eq. 1, with w = 1.
    """
    total = torch.zeros(len(a))
    for layer in classifier.trunk:
        a, b = layer(a), layer(b)
        total += (functional.normalize(a, dim=1) - functional.normalize(b, dim=1)).square().sum(1).mean((1, 2))
    return total / len(classifier.trunk)


@torch.no_grad()
def seed_distance(
    pipeline: StableDiffusionPipeline, classifier: Classifier, descriptions: list[dict], seeds: int = 4
) -> float:
    """The mean perceptual distance between pictures of the same prompt and different seeds."""
    prompts = [prompt(d) for d in descriptions]
    pictures = [sample(pipeline, prompts, seed) for seed in range(seeds)]
    pairs = [(a, b) for k, a in enumerate(pictures) for b in pictures[:k]]
    return torch.cat([perceptual_distance(classifier, a, b) for a, b in pairs]).mean().item()


def thumbnails(pixels: np.ndarray) -> np.ndarray:
    """uint8 [n, 128, 128, 3] to float32 [n, 32·32·3]."""
    small = pixels.reshape(len(pixels), 32, 4, 32, 4, 3).mean((2, 4), dtype=np.float32)
    return small.reshape(len(pixels), -1)


def nearest_renders(pictures: Tensor, shards: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """For each picture the training render at the smallest root mean square distance of 32×32 thumbnails.

    Returns the renders, uint8 [n, 128, 128, 3], and the distances [n] in grey levels of 255.
    """
    queries = thumbnails(to_pixels(pictures))
    best, renders = np.full(len(queries), np.inf), np.zeros((len(queries), 128, 128, 3), np.uint8)
    for shard in shards:
        candidates = thumbnails(shard)
        squares = (queries**2).sum(1)[:, None] + (candidates**2).sum(1) - 2 * queries @ candidates.T
        distances, nearest = np.sqrt(squares.min(1).clip(0) / queries.shape[1]), squares.argmin(1)
        closer = distances < best
        best[closer], renders[closer] = distances[closer], shard[nearest[closer]]
    return renders, best
