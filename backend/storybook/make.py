"""The stages from art to the exported model, each of which resumes: what is finished is not done again."""

import json
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from torch import Tensor
from tqdm import tqdm

from diffusion_explainer.tracing.schedulers import SAMPLERS
from diffusion_explainer.tracing.schedules import table_of
from storybook import autoencoder, classifier, clip, denoiser, export, graphs, latents, tokenizer
from storybook.art import load_art
from storybook.contact_sheet import PROMPTS, contact_sheet
from storybook.dataset import write_shard
from storybook.sampling import sample
from storybook.subjects import WELL_KNOWN, parse_subjects
from storybook.training import run_distributed, training_device

_NUMBERS_OF_STEPS = range(1, 151)  # that a request may ask for


@dataclass(frozen=True)
class Recipe:
    """The number of shards (2,000 renders each), and minutes of training on one H200.

    `start` is an exported model whose weights the trainings start from, instead of random ones.
    """

    shards: int = 120
    autoencoder_minutes: float = 2
    decoder_minutes: float = 3.6
    clip_minutes: float = 0.5
    denoiser_minutes: float = 3
    classifier_minutes: float = 0.7
    well_known_factor: float = 1.5
    processes: int = field(default_factory=lambda: os.cpu_count() or 1)
    start: Path | None = None


Stage = Callable[[Path, Recipe], None]
"""A function of the work folder and the recipe."""


def shards_of(work: Path, recipe: Recipe) -> list[Path]:
    return [work / "renders" / f"{k:05d}.npy" for k in range(recipe.shards)]


def pixels_of(shards: list[Path]) -> Tensor:
    """All renders, uint8 [n, 128, 128, 3]; on the GPU if there is one."""
    return torch.cat([torch.from_numpy(np.load(shard)).to(training_device()) for shard in shards])


def descriptions_of(shards: list[Path]) -> list[dict]:
    return [d for shard in shards for d in json.loads(shard.with_suffix(".json").read_text())["descriptions"]]


def distribute(train: Stage, work: Path, recipe: Recipe) -> None:
    """Runs a training in `recipe.processes` processes, or in this one on a GPU."""
    run_distributed(train, recipe.processes, work / "train" / "rendezvous", work, recipe)


def read_art(work: Path, recipe: Recipe) -> None:
    load_art(work)


def write_renders_of(job: tuple[Path, int]) -> None:
    work, number = job
    write_shard(number, load_art(work), work / "renders")


def write_renders(work: Path, recipe: Recipe) -> None:
    """Writes the shards that are missing."""
    load_art(work)
    jobs = [(work, k) for k, path in enumerate(shards_of(work, recipe)) if not path.exists()]
    with ProcessPoolExecutor(recipe.processes) as pool:
        list(tqdm(pool.map(write_renders_of, jobs), total=len(jobs), desc="renders", unit="shard"))


def train_autoencoder(work: Path, recipe: Recipe) -> None:
    pixels = pixels_of(shards_of(work, recipe))
    start = export.read_autoencoder(recipe.start) if recipe.start else None
    autoencoder.train(pixels, work / "train", recipe.autoencoder_minutes, start)


def write_latents_of(job: tuple[Path, Path]) -> None:
    work, shard = job
    torch.set_num_threads(1)
    latents.write_latents(shard, autoencoder.load(work / "train"), tokenizer.build(work))


def write_latents(work: Path, recipe: Recipe) -> None:
    """Writes the latents of the shards that have none."""
    jobs = [(work, shard) for shard in shards_of(work, recipe) if not latents.latents_path(shard).exists()]
    with ProcessPoolExecutor(recipe.processes, multiprocessing.get_context("spawn")) as pool:
        list(tqdm(pool.map(write_latents_of, jobs), total=len(jobs), desc="latents", unit="shard"))


def train_decoder(work: Path, recipe: Recipe) -> None:
    shards = shards_of(work, recipe)
    encoded, _ = latents.load_latents(shards)
    autoencoder.train_decoder(pixels_of(shards), encoded.to(training_device()), work / "train", recipe.decoder_minutes)


def train_clip(work: Path, recipe: Recipe) -> None:
    encoded, ids = latents.load_latents(shards_of(work, recipe))
    start = export.read_clip(recipe.start) if recipe.start else None
    clip.train(encoded, ids, work / "train", recipe.clip_minutes, start)


def train_denoiser(work: Path, recipe: Recipe) -> None:
    encoded, ids = latents.load_latents(shards_of(work, recipe))
    empty = tokenizer.encode(tokenizer.build(work), [""])[0]
    text_encoder = clip.load(work / "train").text_encoder
    folder, minutes = work / "train", recipe.denoiser_minutes
    start = export.read_denoiser(recipe.start) if recipe.start else None
    denoiser.train(encoded, ids, empty, text_encoder, folder, minutes, start, sampling_weights(work, recipe))


def sampling_weights(work: Path, recipe: Recipe) -> Tensor:
    """Each render's relative frequency in the denoiser's training, [n]: higher for well-known subjects."""
    well_known = {s.name for s in parse_subjects(WELL_KNOWN, 1.0)}
    descriptions = descriptions_of(shards_of(work, recipe))
    return torch.tensor([recipe.well_known_factor if d["subject"] in well_known else 1.0 for d in descriptions])


def train_classifier(work: Path, recipe: Recipe) -> None:
    done = work / "train" / "classifier.done"
    if done.exists():
        return
    write_renders(work, recipe)
    shards, names = shards_of(work, recipe), classifier.class_names(load_art(work))
    truth = classifier.labels(descriptions_of(shards), names)
    classifier.train(pixels_of(shards), truth, names, work / "train", recipe.classifier_minutes)
    done.touch()


def write_model(work: Path, recipe: Recipe) -> None:
    """Exports the model and the classifier to `precomputed/` and a contact sheet to the work folder."""
    train, folder = work / "train", work.parent / "precomputed" / "storybook"
    encoders = clip.load(train)
    pipeline = export.assemble(
        autoencoder.load(train), tokenizer.build(work), encoders.text_encoder, denoiser.load(train)
    )
    contact_sheet(sample(pipeline, list(PROMPTS), seed=3)).save(work / "sheet.png")
    size = export.write(pipeline, encoders, folder)
    print(f"{folder}: {size / 2**20:.1f} MiB")
    names = classifier.class_names(load_art(work))
    classifier.write(classifier.load(train, names), names, folder.with_name("classifier.safetensors"))


def write_graphs(work: Path, recipe: Recipe) -> None:
    """Writes the exported model's graphs for browsers to `precomputed/graphs`."""
    folder = work.parent / "precomputed" / "storybook"
    pipeline = StableDiffusionPipeline.from_pretrained(folder)
    graphs.write_graphs(pipeline, export.read_clip(folder).image_encoder, folder, folder.with_name("graphs"))


def write_schedules(work: Path, recipe: Recipe) -> None:
    """Writes what each sampler does on the exported model's noise schedule to `precomputed/schedules`."""
    model = work.parent / "precomputed" / "storybook"
    config = json.loads((model / "scheduler" / "scheduler_config.json").read_text("utf-8"))
    folder = model.with_name("schedules")
    folder.mkdir(exist_ok=True)
    for sampler in tqdm(SAMPLERS, desc="schedules", unit="sampler"):
        table = table_of(sampler.name, config, _NUMBERS_OF_STEPS)
        (folder / f"{sampler.name}.json").write_text(json.dumps(table, separators=(",", ":")) + "\n", "utf-8")


STAGES: dict[str, Stage] = {
    "art": read_art,
    "renders": write_renders,
    "autoencoder": partial(distribute, train_autoencoder),
    "latents": write_latents,
    "decoder": partial(distribute, train_decoder),
    "clip": partial(distribute, train_clip),
    "denoiser": partial(distribute, train_denoiser),
    "classifier": train_classifier,
    "export": write_model,
    "graphs": write_graphs,
    "schedules": write_schedules,
}


def make(work: Path, recipe: Recipe | None = None, only: tuple[str, ...] = ()) -> None:
    """Runs all stages, or those in `only`, in the order of `STAGES`; interrupted ones resume."""
    for name, stage in STAGES.items():
        if not only or name in only:
            stage(work, recipe or Recipe())
