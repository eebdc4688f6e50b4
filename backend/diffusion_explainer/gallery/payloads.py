"""What a gallery holds, as JSON: pictures with their CLIP embeddings, runs for the background of a map."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from diffusion_explainer.analysis.trajectory import MAX_BACKGROUND
from diffusion_explainer.rendering import images
from diffusion_explainer.storage.bundle_format import PICTURES
from diffusion_explainer.tracing.events import picture_to_wire

from .index import Gallery

Wire = dict[str, Any]

_DOZEN = 12
_THUMBNAIL = 128  # pixels of the longer side


def background_of(gallery: Gallery, ids: Sequence[str]) -> list[Wire]:
    """At most MAX_BACKGROUND listings for the background of the traces `ids`, spread evenly over the gallery."""
    listings = [listing for listing in gallery.index()["traces"] if listing["id"] not in ids]
    return _spread(listings, MAX_BACKGROUND)


def clip_pictures_payload(gallery: Gallery) -> Wire:
    """A dozen pictures of different prompts, spread evenly over the gallery, with their CLIP embeddings.

    Fewer where the gallery has fewer; none of models without an image encoder.
    """
    of_prompts: dict[str, Wire] = {}
    for listing in gallery.index()["traces"]:
        of_prompts.setdefault(listing["request"]["prompt"], listing)
    listings = list(of_prompts.values())
    documents = [gallery.store.document(listing["id"]) for listing in _spread(listings, _DOZEN)]
    return {"pictures": [_picture(document, gallery) for document in documents if document["clip_embeddings"]]}


def _spread(listings: Sequence[Wire], most: int) -> list[Wire]:
    """At most so many of them, at even distances."""
    count = min(most, len(listings))
    return [listings[k * len(listings) // count] for k in range(count)]


def _picture(document: Wire, gallery: Gallery) -> Wire:
    """The picture itself is included, small: that saves a dozen requests."""
    with Image.open(io.BytesIO(gallery.store.read(document["id"], PICTURES["final"]))) as picture:
        picture.thumbnail((_THUMBNAIL, _THUMBNAIL))
        small = images.webp(np.asarray(picture.convert("RGB")))
    return {
        "id": document["id"],
        "prompt": document["request"]["prompt"],
        "fingerprint": document["model"]["fingerprint"],
        "clip_embeddings": document["clip_embeddings"],
        "picture": picture_to_wire(small),
    }
