"""Everything from nothing: art, renders, autoencoder, latents, CLIP, denoiser, judge, export. Every stage resumes.

python -m storybook make
"""

import json
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from storybook import autoencoder, clip, denoiser, export, judge, latents, tokenizer
from storybook.art import load_art
from storybook.renders import write_shard
from storybook.sampling import sample
from storybook.sheet import PROMPTS, contact_sheet
from storybook.subjects import STARS, handwritten
from storybook.training import device, in_processes


@dataclass(frozen=True)
class Recipe:
    """How much of everything: shards of 2,000 renders, minutes of training on one H200.

    `start` is an exported model whose weights the trainings begin with, instead of random ones.
    """

    shards: int = 120
    autoencoder_minutes: float = 2
    decoder_minutes: float = 3.6
    clip_minutes: float = 0.5
    denoiser_minutes: float = 3
    judge_minutes: float = 0.7
    star_factor: float = 1.5
    processes: int = field(default_factory=lambda: os.cpu_count() or 1)
    start: Path | None = None


def shards_of(work: Path, recipe: Recipe) -> list[Path]:
    return [work / "renders" / f"{k:05d}.npy" for k in range(recipe.shards)]


def read_art(work: Path, recipe: Recipe) -> None:
    load_art(work)


def write_one(job: tuple[Path, int]) -> None:
    work, number = job
    write_shard(number, load_art(work), work / "renders")


def render(work: Path, recipe: Recipe) -> None:
    """Writes the shards that are missing."""
    load_art(work)
    jobs = [(work, k) for k, path in enumerate(shards_of(work, recipe)) if not path.exists()]
    with ProcessPoolExecutor(recipe.processes) as pool:
        list(tqdm(pool.map(write_one, jobs), total=len(jobs), desc="renders", unit="shard"))


def pixels_of(shards: list[Path]) -> Tensor:
    """All renders, uint8 [n, 128, 128, 3]; on the GPU if there is one."""
    return torch.cat([torch.from_numpy(np.load(shard)).to(device()) for shard in shards])


def train_autoencoder(work: Path, recipe: Recipe) -> None:
    in_processes(autoencoder_process, recipe.processes, work / "train" / "rendezvous", work, recipe)


def autoencoder_process(work: Path, recipe: Recipe) -> None:
    """What each of the training processes does."""
    pixels = pixels_of(shards_of(work, recipe))
    start = export.read_autoencoder(recipe.start) if recipe.start else None
    autoencoder.train(pixels, work / "train", recipe.autoencoder_minutes, start)


def write_latents_of(job: tuple[Path, Path]) -> None:
    work, shard = job
    torch.set_num_threads(1)
    latents.write_latents(shard, autoencoder.load(work / "train"), tokenizer.build(work))


def write_latents(work: Path, recipe: Recipe) -> None:
    shards = shards_of(work, recipe)
    with ProcessPoolExecutor(recipe.processes, multiprocessing.get_context("spawn")) as pool:
        jobs = [(work, shard) for shard in shards if not latents.latents_path(shard).exists()]
        list(tqdm(pool.map(write_latents_of, jobs), total=len(jobs), desc="latents", unit="shard"))


def tune_decoder(work: Path, recipe: Recipe) -> None:
    in_processes(decoder_process, recipe.processes, work / "train" / "rendezvous", work, recipe)


def decoder_process(work: Path, recipe: Recipe) -> None:
    """What each of the training processes does."""
    shards = shards_of(work, recipe)
    pictures, _ = latents.load_latents(shards)
    autoencoder.train_decoder(pixels_of(shards), pictures.to(device()), work / "train", recipe.decoder_minutes)


def train_clip(work: Path, recipe: Recipe) -> None:
    in_processes(clip_process, recipe.processes, work / "train" / "rendezvous", work, recipe)


def clip_process(work: Path, recipe: Recipe) -> None:
    """What each of the training processes does."""
    pictures, ids = latents.load_latents(shards_of(work, recipe))
    start = export.read_clip(recipe.start) if recipe.start else None
    clip.train(pictures, ids, work / "train", recipe.clip_minutes, start)


def train_denoiser(work: Path, recipe: Recipe) -> None:
    in_processes(denoiser_process, recipe.processes, work / "train" / "rendezvous", work, recipe)


def denoiser_process(work: Path, recipe: Recipe) -> None:
    """What each of the training processes does."""
    pictures, ids = latents.load_latents(shards_of(work, recipe))
    empty = tokenizer.encode(tokenizer.build(work), [""])[0]
    text_tower = clip.load(work / "train").text_tower
    folder, minutes = work / "train", recipe.denoiser_minutes
    start = export.read_denoiser(recipe.start) if recipe.start else None
    weights = emphasis(work, recipe)
    denoiser.train(pictures, ids, empty, text_tower, folder, minutes, start, weights)


def emphasis(work: Path, recipe: Recipe) -> torch.Tensor:
    """How often the denoiser sees each render: those of well-known subjects `recipe.star_factor` times as often."""
    stars = {s.name for s in handwritten(STARS, 1.0)}
    descriptions = descriptions_of(shards_of(work, recipe))
    return torch.tensor([recipe.star_factor if d["subject"] in stars else 1.0 for d in descriptions])


def descriptions_of(shards: list[Path]) -> list[dict]:
    return [d for shard in shards for d in json.loads(shard.with_suffix(".json").read_text())["descriptions"]]


def train_judge(work: Path, recipe: Recipe) -> None:
    if (work / "train" / "judge.done").exists():
        return
    render(work, recipe)
    shards = shards_of(work, recipe)
    descriptions = descriptions_of(shards)
    names = judge.names_of(load_art(work))
    judge.train(pixels_of(shards), judge.labels(descriptions, names), names, work / "train", recipe.judge_minutes)
    (work / "train" / "judge.done").touch()


def write_model(work: Path, recipe: Recipe) -> None:
    """Exports the folder and the judge, and draws the sample sheet."""
    towers = clip.load(work / "train")
    parts = (
        autoencoder.load(work / "train"),
        tokenizer.build(work),
        towers.text_tower,
        denoiser.load(work / "train"),
    )
    pipeline = export.assemble(*parts)
    folder = work.parent / "precomputed" / "storybook"
    contact_sheet(sample(pipeline, list(PROMPTS), seed=3)).save(work / "sheet.png")
    size = export.write(pipeline, towers, folder)
    print(f"{folder}: {size / 2**20:.1f} MiB")
    names = judge.names_of(load_art(work))
    judge.write(judge.load(work / "train", names), names, folder.with_name("judge.safetensors"))


STAGES: dict[str, Callable[[Path, Recipe], None]] = {
    "art": read_art,
    "renders": render,
    "autoencoder": train_autoencoder,
    "latents": write_latents,
    "decoder": tune_decoder,
    "clip": train_clip,
    "denoiser": train_denoiser,
    "judge": train_judge,
    "export": write_model,
}


def make(work: Path, recipe: Recipe | None = None, only: tuple[str, ...] = ()) -> None:
    """Runs all stages, or `only` some, in order. A finished stage costs nothing; a broken one goes on."""
    for name, stage in STAGES.items():
        if not only or name in only:
            stage(work, recipe or Recipe())


def set_threads(threads: int) -> None:
    torch.set_num_threads(threads)
