"""Measures the shipped model: `python -m storybook.evaluate [--seed S] [--json]`.

Asks for combinations of subject, scene and style that training never saw, lets the judge read the pictures, and prints
a table. Fetches the art and renders what it needs in the work folder of `python -m storybook make`. Leaves two
pictures: `held_out.webp`, 64 of those combinations, and `nearest.webp`, 16 pictures above the training renders most
like them.
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

from storybook import judge as judging
from storybook import obedience
from storybook.art import Art, load_art
from storybook.autoencoder import reconstruct
from storybook.make import Recipe, make, shards_of
from storybook.obedience import prompt
from storybook.renders import Descriptions, Renderer
from storybook.sampling import GUIDANCE, STEPS, sample
from storybook.scenes import SCENES
from storybook.sheet import PROMPTS, contact_sheet
from storybook.styles import STYLES
from storybook.subjects import STARS, Subject, handwritten
from storybook.training import device

SEARCHED = Recipe(shards=24)
"""The training renders among which the nearest are looked for."""


def alike(subjects: list[Subject]) -> Descriptions:
    """Draws descriptions of the subjects, all alike."""
    return Descriptions([replace(subject, weight=1.0) for subject in subjects])


def well_known(subjects: list[Subject]) -> list[Subject]:
    """The forty that people think of first."""
    names = {subject.name for subject in handwritten(STARS, 1.0)}
    return [subject for subject in subjects if subject.name in names]


def held_out_prompts(subjects: list[Subject], number: int, seed: int) -> list[dict]:
    """Descriptions of the subjects, all alike, in combinations that were held out of training."""
    draw, rng = alike(subjects), Random(f"evaluate {seed}")
    drawn = [draw.draw(rng, held_out=True, attributes=False) for _ in range(number)]
    return [{"subject": d.subject, "scene": d.scene, "style": d.style} for d in drawn]


def judge_accuracy(judge: judging.Judge, pixels: np.ndarray, truth: Tensor) -> dict[str, float]:
    """The judge on renders of held-out combinations."""
    pictures = torch.from_numpy(pixels).permute(0, 3, 1, 2).float().div(127.5).sub(1)
    return judging.score(judge, pictures, truth)


def evaluate(
    pipeline: StableDiffusionPipeline, judge_file: Path, work: Path, seed: int, number: int, curve: int
) -> dict:
    """All figures. `number` prompts for each set of subjects, `curve` for each point of the guidance curve."""
    art = load_art(work)
    judge, names = judging.open_judge(judge_file)
    pixels, held_truth = held_out_renders(art, names, 400, seed)
    figures: dict = {
        "seed": seed,
        "prompts": number,
        "guidance_scale": GUIDANCE,
        "steps": STEPS,
        "judge": judge_accuracy(judge, pixels, held_truth),
        "psnr": reconstruct(pipeline.vae, torch.from_numpy(pixels[:200]))[1],
    }
    stars = well_known(art.subjects)
    for key, subjects in (("well_known", stars), ("", art.subjects)):
        asked = held_out_prompts(subjects, number, seed)
        truth = judging.labels(asked, names)
        scores = judging.score(judge, sample(pipeline, [prompt(d) for d in asked], seed), truth)
        figures |= {key: scores} if key else scores
    if curve:
        figures |= obedience_figures(pipeline, judge, held_out_prompts(art.subjects, curve, seed + 1), names, seed)
    figures["chance"] = {"subject_top1": 1 / len(art.subjects), "scene": 1 / len(SCENES), "style": 1 / len(STYLES)}
    return figures


def obedience_figures(
    pipeline: StableDiffusionPipeline, judge: judging.Judge, asked: list[dict], names: dict[str, list[str]], seed: int
) -> dict:
    """What guidance, negative prompt, keywords and seed do to the pictures of the prompts `asked`."""
    still_there, by_chance = obedience.negative_scene(pipeline, judge, asked, seed)
    return {
        "guidance_curve": obedience.guidance_curve(pipeline, judge, asked, judging.labels(asked, names), seed),
        "negative_scene": still_there,
        "negative_scene_by_chance": by_chance,
        "subject_kept_as_scene_changes": obedience.kept_subject(pipeline, judge, asked, seed, "scene"),
        "subject_kept_as_style_changes": obedience.kept_subject(pipeline, judge, asked, seed, "style"),
        "seed_distance": obedience.seed_distance(pipeline, judge, asked[:16]),
    }


def write_held_out(pipeline: StableDiffusionPipeline, art: Art, folder: Path, seed: int) -> None:
    """Writes `held_out.webp`: the first 64 held-out prompts of all subjects, as they come."""
    prompts = [prompt(d) for d in held_out_prompts(art.subjects, 64, seed)]
    contact_sheet(sample(pipeline, prompts, seed)).save(folder / "held_out.webp", quality=90)


def write_nearest(pipeline: StableDiffusionPipeline, work: Path, folder: Path, seed: int) -> list[float]:
    """Writes `nearest.webp`, eight pictures over their nearest training renders, twice; returns the distances."""
    pictures = sample(pipeline, list(PROMPTS[:16]), seed)
    shards = (np.load(path) for path in shards_of(work, SEARCHED))
    renders, distances = obedience.nearest_renders(pictures, shards)
    found = torch.from_numpy(renders).permute(0, 3, 1, 2).float().div(127.5).sub(1)
    rows = [part for k in (0, 8) for part in (pictures[k : k + 8], found[k : k + 8])]
    contact_sheet(torch.cat(rows)).save(folder / "nearest.webp", quality=90)
    return [round(float(d), 1) for d in distances]


def held_out_renders(art: Art, names: dict[str, list[str]], number: int, seed: int) -> tuple[np.ndarray, Tensor]:
    """Renders of held-out combinations, uint8 [n, 128, 128, 3], and their labels."""
    draw, rng, renderer = alike(art.subjects), Random(f"renders {seed}"), Renderer(art)
    drawn = [draw.draw(rng, held_out=True, attributes=False) for _ in range(number)]
    pixels = np.stack([renderer.pixels(d) for d in drawn])
    return pixels, judging.labels([vars(d) for d in drawn], names)


def table(figures: dict) -> str:
    """The figures as a Markdown table."""
    keys = ("subject_top1", "subject_top5", "scene", "style", "all_three")
    columns = (figures["well_known"], figures, figures["judge"])
    lines = ["| read by the judge | 40 well-known subjects | all subjects | held-out renders |"]
    lines += ["|---|---|---|---|"]
    lines += [f"| {key} | {' | '.join(f'{100 * column[key]:.1f} %' for column in columns)} |" for key in keys]
    lines += ["", f"Autoencoder on held-out renders: PSNR {figures['psnr']:.2f} dB."]
    if "guidance_curve" in figures:
        curve = figures["guidance_curve"]
        lines += ["", f"| guidance scale | {' | '.join(curve)} |", "|---" * (len(curve) + 1) + "|"]
        lines += [
            f"| {key} | " + " | ".join(f"{100 * scores[key]:.0f} %" for scores in curve.values()) + " |" for key in keys
        ]
        shares = {
            "the scene named in the negative prompt is still read": "negative_scene",
            "the same scene read in other pictures": "negative_scene_by_chance",
            "the subject stays as the scene changes": "subject_kept_as_scene_changes",
            "the subject stays as the style changes": "subject_kept_as_style_changes",
        }
        lines += ["", "| of all subjects | |", "|---|---|"]
        lines += [f"| {words} | {100 * figures[key]:.1f} % |" for words, key in shares.items()]
        lines += [f"| perceptual distance between seeds | {figures['seed_distance']:.3f} |"]
    return "\n".join(lines)


def main() -> None:
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0, help="seed of prompts and noise (default 0)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument(
        "--prompts", type=int, default=200, help="held-out prompts for each set of subjects (default 200)"
    )
    parser.add_argument(
        "--curve",
        type=int,
        default=60,
        help="prompts for guidance curve, negative prompts, keywords (default 60); 0: none",
    )
    parser.add_argument("--model", type=Path, default=root / "precomputed" / "storybook", help="diffusers folder")
    parser.add_argument("--judge", type=Path, default=root / "precomputed" / "judge.safetensors", help="of `make`")
    parser.add_argument("--pictures", type=Path, help="where the two pictures go (default: the work folder)")
    parser.add_argument("--work", type=Path, default=root / ".storybook", help="work folder of `make`")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="torch threads")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    warnings.filterwarnings("ignore")
    make(arguments.work, SEARCHED, only=("art", "renders"))
    pipeline = StableDiffusionPipeline.from_pretrained(arguments.model).to(device())
    work, folder, seed = arguments.work, arguments.pictures or arguments.work, arguments.seed
    figures = evaluate(pipeline, arguments.judge, work, seed, arguments.prompts, arguments.curve)
    write_held_out(pipeline, load_art(work), folder, seed)
    figures["nearest_render_distances"] = write_nearest(pipeline, work, folder, seed)
    print(json.dumps(figures, indent=2) if arguments.json else table(figures))


if __name__ == "__main__":
    main()
