"""`diffusion-explainer precompute`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from diffusion_explainer import resources
from diffusion_explainer.gallery.build import Failure, OnPrune, gather, pending
from diffusion_explainer.gallery.build import precompute as make_gallery
from diffusion_explainer.gallery.build_on_ray import Cluster
from diffusion_explainer.gallery.index import Wire
from diffusion_explainer.gallery.spec import Entry, GallerySpec
from diffusion_explainer.settings import Settings
from diffusion_explainer.storage.bundle_store import BundleStore
from diffusion_explainer.tracing.progress import showing_made, showing_runs

from .fields import ModelSource
from .options import Engine, RayAddress, RayCpus, RayGpus

_LIST = resources.gallery_list()


def precompute(
    gallery_list: Annotated[
        Path, typer.Argument(help="The gallery's spec, as YAML.", exists=True, dir_okay=False)
    ] = _LIST,
    store: Annotated[
        str | None,
        typer.Option(help="The gallery: a folder or any fsspec URL.", show_default="the spec's name, beside it"),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every run of the spec, not only the starter that is shown first.")
    ] = False,
    prune: Annotated[
        bool,
        typer.Option("--prune", help="If nothing failed, delete what this model drew and the spec no longer names."),
    ] = False,
    model: ModelSource = "storybook",
    engine: Engine = None,
    ray_address: RayAddress = None,
    ray_gpus: RayGpus = None,
    ray_cpus: RayCpus = None,
) -> None:
    """Makes a gallery. Existing bundles are kept, so an interrupted run resumes; failures are listed at the end.

    Nothing is deleted without --prune.
    """
    spec = GallerySpec.read(gallery_list)
    place = store or str(gallery_list.with_suffix(""))
    settings = Settings.read(model=model, engine=engine, ray_address=ray_address, ray_gpus=ray_gpus, ray_cpus=ray_cpus)
    make = _on_the_cluster if settings.engine == "ray" else _here
    failures = make(spec, settings, place, everything, _announce if prune else None)
    failed = [*map(str, spec.rejected), *(f"{failure.place}: {failure.reason}" for failure in failures)]
    wanted = spec.entries if everything else spec.starter
    typer.echo(f"{len(wanted)} of {len(spec.entries)} runs of the spec in {place}")
    for reason in failed:
        typer.echo(f"Not made: {reason}", err=True)
    if failed and prune:
        typer.echo("Nothing was deleted, since not all could be made.", err=True)
    if failed:
        raise typer.Exit(1)


def _announce(listings: Sequence[Wire]) -> None:
    """Says what will be deleted, before it is."""
    for listing in listings:
        typer.echo(f"Deleting {listing['id']}: {listing['title']}")


def _here(
    spec: GallerySpec, settings: Settings, place: str, everything: bool, on_prune: OnPrune | None
) -> list[Failure]:
    with Console(stderr=True).status("loading the model"):
        from diffusion_explainer.tracing.models import load_model

        model = load_model(settings.model)
    store, wanted = BundleStore(place), spec.entries if everything else spec.starter
    batches = pending(wanted, store, model.card.fingerprint)
    requests = [entry.request for batch in batches for entry in batch]
    num_steps = sum(model.num_steps(request.scheduler, request.steps) for request in requests)
    with showing_runs(len(requests), num_steps) as show:
        return make_gallery(
            spec,
            model,
            store,
            everything=everything,
            on_prune=on_prune,
            on_event=lambda entry, event: show(entry.title, event),
        )


def _on_the_cluster(
    spec: GallerySpec, settings: Settings, place: str, everything: bool, on_prune: OnPrune | None
) -> list[Failure]:
    cluster, store = Cluster(settings), BundleStore(place)
    with Console(stderr=True).status("loading the model"):
        card = cluster.card()

    def draw(batches: Sequence[Sequence[Entry]]) -> Iterator[Failure]:
        with showing_made(sum(map(len, batches))) as advance:
            for batch, failures in cluster.make(batches, place):
                advance(len(batch))
                yield from failures

    return gather(spec, card, store, draw, everything=everything, on_prune=on_prune)
