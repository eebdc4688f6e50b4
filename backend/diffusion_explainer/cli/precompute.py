"""`diffusion-explainer precompute`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from diffusion_explainer import resources
from diffusion_explainer.gallery.build import Failure, gather, pending
from diffusion_explainer.gallery.build import precompute as make_gallery
from diffusion_explainer.gallery.build_on_ray import Cluster
from diffusion_explainer.gallery.spec import Contents, Entry
from diffusion_explainer.settings import Settings
from diffusion_explainer.storage.bundle_store import BundleStore
from diffusion_explainer.tracing.progress import showing_made, showing_runs

from .fields import ModelSource
from .options import Engine, RayAddress, RayCpus, RayGpus

_LIST = resources.gallery_list()


def precompute(
    gallery_list: Annotated[Path, typer.Argument(help="What to make, as YAML.", exists=True, dir_okay=False)] = _LIST,
    store: Annotated[
        str | None,
        typer.Option(help="The gallery: a folder or any fsspec URL.", show_default="the list's name, beside it"),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every run of the list, not only the starter that is shown first.")
    ] = False,
    model: ModelSource = "storybook",
    engine: Engine = None,
    ray_address: RayAddress = None,
    ray_gpus: RayGpus = None,
    ray_cpus: RayCpus = None,
) -> None:
    """Makes a gallery. What is there stays, so a run that was stopped goes on; what fails is named at the end."""
    contents = Contents.read(gallery_list)
    place = store or str(gallery_list.with_suffix(""))
    settings = Settings.read(model=model, engine=engine, ray_address=ray_address, ray_gpus=ray_gpus, ray_cpus=ray_cpus)
    make = _on_the_cluster if settings.engine == "ray" else _here
    failures = make(contents, settings, place, everything)
    failed = [*map(str, contents.rejected), *(f"{failure.place}: {failure.reason}" for failure in failures)]
    wanted = contents.entries if everything else contents.starter
    typer.echo(f"{len(wanted)} of {len(contents.entries)} runs of the list in {place}")
    for reason in failed:
        typer.echo(f"Not made: {reason}", err=True)
    if failed:
        raise typer.Exit(1)


def _here(contents: Contents, settings: Settings, place: str, everything: bool) -> list[Failure]:
    with Console(stderr=True).status("loading the model"):
        from diffusion_explainer.tracing.models import load_model

        model = load_model(settings.model)
    store, wanted = BundleStore(place), contents.entries if everything else contents.starter
    batches = pending(wanted, store, model.card.fingerprint)
    rows = sum(model.rows(entry.request.scheduler, entry.request.steps) for batch in batches for entry in batch)
    with showing_runs(sum(map(len, batches)), rows) as report:
        return make_gallery(
            contents, model, store, everything=everything, report=lambda entry, event: report(entry.title, event)
        )


def _on_the_cluster(contents: Contents, settings: Settings, place: str, everything: bool) -> list[Failure]:
    cluster, store = Cluster(settings), BundleStore(place)
    with Console(stderr=True).status("loading the model"):
        card = cluster.card()

    def draw(batches: Sequence[Sequence[Entry]]) -> Iterator[Failure]:
        with showing_made(sum(map(len, batches))) as advance:
            for batch, failures in cluster.make(batches, place):
                advance(len(batch))
                yield from failures

    return gather(contents, card, store, draw, everything=everything)
