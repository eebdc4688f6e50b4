"""Measures the shipped model: `python -m storybook.evaluate [--seed S] [--json]`.

Asks for combinations of subject, scene and style that training never saw, lets the judge read the pictures, and prints
a table. Needs the work folder of `python -m storybook make` (art and judge); makes what is missing there.
"""

import argparse
import json
import os
import warnings
from pathlib import Path
from random import Random

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from torch import Tensor

from storybook import judge as judging
from storybook.art import Art, load_art
from storybook.autoencoder import reconstruct
from storybook.captions import with_article
from storybook.make import make
from storybook.renders import Descriptions, Renderer
from storybook.sampling import GUIDANCE, STEPS, sample
from storybook.scenes import SCENES
from storybook.styles import STYLES

CURVE = (0.0, 1.0, 2.0, 3.5, 5.0, 7.5)
CORE_WEIGHT, STAR_WEIGHT = 1.0, 5.0


def prompt(description: dict) -> str:
    """The plain prompt of a description: `a fox in the snow, ink drawing`."""
    place, style = SCENES[description["scene"]].phrases[0], STYLES[description["style"]].phrases[0]
    return f"{with_article(description['subject'])} {place}, {style}"


def held_out_prompts(art: Art, number: int, seed: int, weight: float) -> list[dict]:
    """Held-out descriptions of the subjects that training showed with at least that weight, all alike."""
    subjects = [s for s in art.subjects if s.weight >= weight]
    draw, rng = Descriptions(subjects, weighted=False), Random(f"evaluate {seed}")
    drawn = [draw.draw(rng, held_out=True, attributes=False) for _ in range(number)]
    return [{"subject": d.subject, "scene": d.scene, "style": d.style} for d in drawn]


def guidance_curve(
    pipeline: StableDiffusionPipeline, judge: judging.Judge, asked: list[dict], truth: Tensor, seed: int
) -> dict[str, float]:
    """Subject accuracy at several guidance scales."""
    prompts = [prompt(d) for d in asked]
    return {
        str(w): judging.score(judge, sample(pipeline, prompts, seed, guidance_scale=w), truth)["subject_top1"]
        for w in CURVE
    }


def judge_accuracy(judge: judging.Judge, pixels: np.ndarray, truth: Tensor) -> dict[str, float]:
    """The judge on renders of held-out combinations."""
    pictures = torch.from_numpy(pixels).permute(0, 3, 1, 2).float().div(127.5).sub(1)
    return judging.score(judge, pictures, truth)


def evaluate(pipeline: StableDiffusionPipeline, work: Path, seed: int, number: int, curve: int) -> dict:
    """All figures. `number` prompts for each set of subjects, `curve` for each point of the guidance curve."""
    art = load_art(work)
    names = judging.names_of(art)
    judge = judging.load(work / "train", names)
    pixels, held_truth = held_out_renders(art, names, 400, seed)
    figures: dict = {
        "seed": seed,
        "prompts": number,
        "guidance_scale": GUIDANCE,
        "steps": STEPS,
        "judge": judge_accuracy(judge, pixels, held_truth),
        "psnr": reconstruct(pipeline.vae, pixels[:200])[1],
    }
    for key, weight in (("well_known", STAR_WEIGHT), ("", CORE_WEIGHT)):
        asked = held_out_prompts(art, number, seed, weight)
        truth = judging.labels(asked, names)
        scores = judging.score(judge, sample(pipeline, [prompt(d) for d in asked], seed), truth)
        figures |= {key: scores} if key else scores
    if curve:
        asked = held_out_prompts(art, curve, seed + 1, STAR_WEIGHT)
        truth = judging.labels(asked, names)
        figures["guidance_curve"] = guidance_curve(pipeline, judge, asked, truth, seed)
    figures["chance"] = {"subject_top1": 1 / len(art.subjects), "scene": 1 / len(SCENES), "style": 1 / len(STYLES)}
    return figures


def held_out_renders(art: Art, names: dict[str, list[str]], number: int, seed: int) -> tuple[np.ndarray, Tensor]:
    """Renders of held-out combinations, uint8 [n, 128, 128, 3], and their labels."""
    subjects = [s for s in art.subjects if s.weight >= CORE_WEIGHT]
    draw, rng, renderer = Descriptions(subjects, weighted=False), Random(f"renders {seed}"), Renderer(art)
    drawn = [draw.draw(rng, held_out=True, attributes=False) for _ in range(number)]
    pixels = np.stack([renderer.pixels(d) for d in drawn])
    return pixels, judging.labels([vars(d) for d in drawn], names)


def table(figures: dict) -> str:
    """The figures as a Markdown table."""
    keys = ("subject_top1", "subject_top5", "scene", "style", "all_three")
    columns = (figures["well_known"], figures, figures["judge"])
    lines = ["| read by the judge | 40 well-known subjects | 134 better-known subjects | held-out renders |"]
    lines += ["|---|---|---|---|"]
    lines += [f"| {key} | {' | '.join(f'{100 * column[key]:.1f} %' for column in columns)} |" for key in keys]
    lines += ["", f"Autoencoder on held-out renders: PSNR {figures['psnr']:.2f} dB."]
    if "guidance_curve" in figures:
        curve = figures["guidance_curve"]
        lines += ["", f"| guidance scale | {' | '.join(curve)} |", "|---" * (len(curve) + 1) + "|"]
        lines += ["| subject_top1, 40 well-known | " + " | ".join(f"{100 * v:.0f} %" for v in curve.values()) + " |"]
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
        "--curve", type=int, default=60, help="prompts for each point of the guidance curve (default 60); 0: no curve"
    )
    parser.add_argument("--model", type=Path, default=root / "precomputed" / "storybook", help="diffusers folder")
    parser.add_argument("--work", type=Path, default=root / ".storybook", help="work folder of `make`")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="torch threads")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    warnings.filterwarnings("ignore")
    make(arguments.work, only=("art", "judge"))
    pipeline = StableDiffusionPipeline.from_pretrained(arguments.model)
    figures = evaluate(pipeline, arguments.work, arguments.seed, arguments.prompts, arguments.curve)
    print(json.dumps(figures, indent=2) if arguments.json else table(figures))


if __name__ == "__main__":
    main()
