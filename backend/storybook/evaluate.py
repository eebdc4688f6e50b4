"""Evaluates the shipped model: `python -m storybook.evaluate [--seed S] [--json]`.

Generates pictures for held-out combinations of subject, scene and style, classifies them, and prints tables. Downloads
the art and writes the renders it needs to the work folder of `python -m storybook make`. Writes two contact sheets:
`held_out.webp`, 64 of those pictures, and `nearest.webp`, 16 pictures above the most similar training renders.
"""

import argparse
import json
import os
import warnings
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from torch import Tensor

from storybook import classifier as classifiers
from storybook import prompt_adherence
from storybook.art import Art, load_art
from storybook.autoencoder import reconstruct, to_pictures
from storybook.classifier import Classifier, accuracy, labels
from storybook.compositor import Description
from storybook.contact_sheet import PROMPTS, contact_sheet
from storybook.dataset import DescriptionSampler, Renderer
from storybook.make import Recipe, make, shards_of
from storybook.prompt_adherence import prompt
from storybook.sampling import GUIDANCE, STEPS, sample
from storybook.scenes import SCENES
from storybook.styles import STYLES
from storybook.subjects import WELL_KNOWN, Subject, parse_subjects
from storybook.training import training_device

SEARCHED = Recipe(shards=24)
"""The training renders among which the nearest are searched."""


def well_known(subjects: list[Subject]) -> list[Subject]:
    """The 40 subjects that people think of first."""
    names = {subject.name for subject in parse_subjects(WELL_KNOWN, 1.0)}
    return [subject for subject in subjects if subject.name in names]


def sample_held_out(subjects: list[Subject], number: int, seed: str) -> list[Description]:
    """Held-out descriptions without attributes; every subject is as likely as any other."""
    sampler, rng = DescriptionSampler([replace(subject, weight=1.0) for subject in subjects]), Random(seed)
    return [sampler.sample(rng, held_out=True, attributes=False) for _ in range(number)]


def held_out_descriptions(subjects: list[Subject], number: int, seed: int) -> list[dict]:
    """Subject, scene and style of `number` held-out combinations."""
    sampled = sample_held_out(subjects, number, f"evaluate {seed}")
    return [{"subject": d.subject, "scene": d.scene, "style": d.style} for d in sampled]


def held_out_renders(art: Art, names: dict[str, list[str]], number: int, seed: int) -> tuple[Tensor, Tensor]:
    """Renders of held-out combinations, uint8 [n, 128, 128, 3], and their labels [n, 3]."""
    sampled, renderer = sample_held_out(art.subjects, number, f"renders {seed}"), Renderer(art)
    pixels = np.stack([renderer.pixels(d) for d in sampled])
    return torch.from_numpy(pixels), labels([vars(d) for d in sampled], names)


def evaluate(
    pipeline: StableDiffusionPipeline, classifier_file: Path, work: Path, seed: int, number: int, curve: int
) -> dict:
    """All metrics. `number` prompts for each set of subjects, `curve` prompts for each point of the guidance curve."""
    art = load_art(work)
    classifier, names = classifiers.read(classifier_file)
    pixels, truth = held_out_renders(art, names, 400, seed)
    metrics: dict = {
        "seed": seed,
        "prompts": number,
        "guidance_scale": GUIDANCE,
        "steps": STEPS,
        "classifier": accuracy(classifier, to_pictures(pixels), truth),
        "psnr": reconstruct(pipeline.vae, pixels[:200])[1],
    }
    for key, subjects in (("well_known", well_known(art.subjects)), ("", art.subjects)):
        descriptions = held_out_descriptions(subjects, number, seed)
        pictures = sample(pipeline, [prompt(d) for d in descriptions], seed)
        accuracies = accuracy(classifier, pictures, labels(descriptions, names))
        metrics |= {key: accuracies} if key else accuracies
    if curve:
        descriptions = held_out_descriptions(art.subjects, curve, seed + 1)
        metrics |= adherence_metrics(pipeline, classifier, descriptions, names, seed)
    metrics["chance"] = {"subject_top1": 1 / len(art.subjects), "scene": 1 / len(SCENES), "style": 1 / len(STYLES)}
    return metrics


def adherence_metrics(
    pipeline: StableDiffusionPipeline,
    classifier: Classifier,
    descriptions: list[dict],
    names: dict[str, list[str]],
    seed: int,
) -> dict:
    """The effects of guidance scale, negative prompt, keywords and seed on the pictures of `descriptions`."""
    truth = labels(descriptions, names)
    negated, by_chance = prompt_adherence.negative_scene(pipeline, classifier, descriptions, seed)
    scene, style = (
        prompt_adherence.subject_kept(pipeline, classifier, descriptions, seed, keyword)
        for keyword in ("scene", "style")
    )
    return {
        "guidance_curve": prompt_adherence.guidance_curve(pipeline, classifier, descriptions, truth, seed),
        "negative_scene": negated,
        "negative_scene_by_chance": by_chance,
        "subject_kept_as_scene_changes": scene,
        "subject_kept_as_style_changes": style,
        "seed_distance": prompt_adherence.seed_distance(pipeline, classifier, descriptions[:16]),
    }


def write_held_out(pipeline: StableDiffusionPipeline, art: Art, folder: Path, seed: int) -> None:
    """Writes `held_out.webp`: the pictures of the first 64 held-out descriptions, none selected."""
    prompts = [prompt(d) for d in held_out_descriptions(art.subjects, 64, seed)]
    contact_sheet(sample(pipeline, prompts, seed)).save(folder / "held_out.webp", quality=90)


def write_nearest(pipeline: StableDiffusionPipeline, work: Path, folder: Path, seed: int) -> list[float]:
    """Writes `nearest.webp`: two times eight pictures above their nearest training renders; returns the distances."""
    pictures = sample(pipeline, list(PROMPTS[:16]), seed)
    shards = (np.load(path) for path in shards_of(work, SEARCHED))
    renders, distances = prompt_adherence.nearest_renders(pictures, shards)
    nearest = to_pictures(torch.from_numpy(renders))
    rows = [part for k in (0, 8) for part in (pictures[k : k + 8], nearest[k : k + 8])]
    contact_sheet(torch.cat(rows)).save(folder / "nearest.webp", quality=90)
    return [round(float(d), 1) for d in distances]


ACCURACIES = ("subject_top1", "subject_top5", "scene", "style", "all_three")
SHARES = {
    "the negative prompt names the scene, which is predicted all the same": "negative_scene",
    "two different pictures have the same predicted scene": "negative_scene_by_chance",
    "the predicted subject stays when the scene changes": "subject_kept_as_scene_changes",
    "the predicted subject stays when the style changes": "subject_kept_as_style_changes",
}
"""Row titles of the model card and the metrics of their rows."""


def metrics_table(metrics: dict) -> str:
    """The metrics as Markdown tables."""
    columns = (metrics["well_known"], metrics, metrics["classifier"])
    lines = ["| classified correctly | 40 well-known subjects | all subjects | held-out renders |"]
    lines += ["|---|---|---|---|"]
    lines += [f"| {key} | {' | '.join(f'{100 * column[key]:.1f} %' for column in columns)} |" for key in ACCURACIES]
    lines += ["", f"Autoencoder on held-out renders: PSNR {metrics['psnr']:.2f} dB."]
    return "\n".join(lines + (adherence_tables(metrics) if "guidance_curve" in metrics else []))


def adherence_tables(metrics: dict) -> list[str]:
    """The lines of the tables of `adherence_metrics`."""
    curve = metrics["guidance_curve"]
    lines = ["", f"| guidance scale | {' | '.join(curve)} |", "|---" * (len(curve) + 1) + "|"]
    for key in ACCURACIES:
        lines.append(f"| {key} | " + " | ".join(f"{100 * column[key]:.0f} %" for column in curve.values()) + " |")
    lines += ["", "| of all subjects | |", "|---|---|"]
    lines += [f"| {title} | {100 * metrics[key]:.1f} % |" for title, key in SHARES.items()]
    return [*lines, f"| perceptual distance between seeds | {metrics['seed_distance']:.3f} |"]


def main() -> None:
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0, help="seed of prompts and noise (default 0)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    prompts_help = "held-out prompts for each set of subjects (default 200)"
    parser.add_argument("--prompts", type=int, default=200, help=prompts_help)
    curve_help = "prompts for guidance curve, negative prompts, keywords and seeds (default 60; 0: leave these out)"
    parser.add_argument("--curve", type=int, default=60, help=curve_help)
    precomputed = root / "precomputed"
    parser.add_argument("--model", type=Path, default=precomputed / "storybook", help="diffusers folder")
    classifier_help = "weights that `make` wrote"
    parser.add_argument("--classifier", type=Path, default=precomputed / "classifier.safetensors", help=classifier_help)
    parser.add_argument("--pictures", type=Path, help="folder for the two contact sheets (default: the work folder)")
    parser.add_argument("--work", type=Path, default=root / ".storybook", help="work folder of `make`")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="PyTorch's threads")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    warnings.filterwarnings("ignore")
    make(arguments.work, SEARCHED, only=("art", "renders"))
    pipeline = StableDiffusionPipeline.from_pretrained(arguments.model).to(training_device())
    work, folder, seed = arguments.work, arguments.pictures or arguments.work, arguments.seed
    metrics = evaluate(pipeline, arguments.classifier, work, seed, arguments.prompts, arguments.curve)
    write_held_out(pipeline, load_art(work), folder, seed)
    metrics["nearest_render_distances"] = write_nearest(pipeline, work, folder, seed)
    print(json.dumps(metrics, indent=2) if arguments.json else metrics_table(metrics))


if __name__ == "__main__":
    main()
