"""What several stored traces say together, as JSON: comparisons, words left out, trajectories, pictures in CLIP."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from PIL import Image

from diffusion_explainer.gallery.index import Gallery
from diffusion_explainer.rendering import images
from diffusion_explainer.storage.bundle_format import PICTURES
from diffusion_explainer.traces.trace import Trace
from diffusion_explainer.tracing.events import picture_to_wire
from diffusion_explainer.tracing.experiments import left_out

from .comparison import Comparison, TokenChange
from .trajectory import MOST_BACKGROUND, Background, comparable, trajectories

Wire = dict[str, Any]

_DIGITS = 6  # of a distance
_DOZEN = 12
_THUMBNAIL = 128  # pixels of the longer side


def comparison_wire(traces: Sequence[Trace]) -> Wire:
    """The first of the traces against each of the others. Raises InvalidRequest where they have no common start."""
    return {
        "id": "-".join(trace.id for trace in traces),
        "status": "done",
        "members": [{"id": trace.id, "status": "done", "request": trace.request.model_dump()} for trace in traces],
        "differences": [_difference(Comparison(traces[0], other)) for other in traces[1:]],
    }


def left_out_wire(traces: Sequence[Trace]) -> list[Wire]:
    """How far each word moved the picture, and where; the first trace is the original."""
    return [
        {"distance": round(one.distance, _DIGITS), "difference_map": one.difference_map.round(4).tolist()}
        for one in left_out(traces).left_out
    ]


def background_of(gallery: Gallery, ids: Sequence[str]) -> list[Wire]:
    """Listings of the gallery to set the traces `ids` against, spread evenly over it, at most MOST_BACKGROUND."""
    listings = [listing for listing in gallery.index()["traces"] if listing["id"] not in ids]
    return listings[:: max(1, len(listings) // MOST_BACKGROUND)][:MOST_BACKGROUND]


def pictures_wire(gallery: Gallery) -> Wire:
    """A dozen pictures of different prompts, spread evenly over the gallery, where CLIP lets texts and pictures meet.

    Fewer where the gallery has fewer; none of models that have no picture tower.
    """
    of_prompts: dict[str, Wire] = {}
    for listing in gallery.index()["traces"]:
        of_prompts.setdefault(listing["request"]["prompt"], listing)
    listings = list(of_prompts.values())
    chosen = [listings[k * len(listings) // _DOZEN] for k in range(_DOZEN)] if len(listings) > _DOZEN else listings
    documents = [gallery.store.document(listing["id"]) for listing in chosen]
    return {"pictures": [_picture(document, gallery) for document in documents if document.get("meeting")]}


def trajectory_wire(
    open_trace: Callable[[str], Trace], background: Sequence[Wire], ids: Sequence[str], method: str
) -> Wire:
    """The trajectories of the traces `ids`, with those of `background` that live in the same space."""
    traces = [open_trace(trace_id) for trace_id in ids]
    runs = [Background(listing["title"], open_trace(listing["id"])) for listing in background]
    return trajectories(traces, [run for run in runs if comparable(run.trace, traces[0])], method).to_wire()


def _picture(document: Wire, gallery: Gallery) -> Wire:
    """The picture itself comes along, small: a dozen requests less."""
    with Image.open(io.BytesIO(gallery.store.read(document["id"], PICTURES["final"]))) as picture:
        picture.thumbnail((_THUMBNAIL, _THUMBNAIL))
        small = images.webp(np.asarray(picture.convert("RGB")))
    return {
        "id": document["id"],
        "prompt": document["request"]["prompt"],
        "fingerprint": document["model"]["fingerprint"],
        "meeting": document["meeting"],
        "picture": picture_to_wire(small),
    }


def _difference(comparison: Comparison) -> Wire:
    return {
        "a": comparison.a.id,
        "b": comparison.b.id,
        "settings": list(comparison.settings),
        "tokens": [_change(change) for change in comparison.tokens],
        "latent_distance": comparison.latent_distance.round(_DIGITS).tolist(),
        "noise_distance": comparison.noise_distance.round(_DIGITS).tolist(),
        "half_step": comparison.half_step,
        "largest_differences": {name: round(size, _DIGITS) for name, size in comparison.largest_differences().items()},
    }


def _change(change: TokenChange) -> Wire:
    sides = {side: [token.to_wire() for token in getattr(change, side)] for side in ("a", "b")}
    return {"kind": change.kind, **sides}
