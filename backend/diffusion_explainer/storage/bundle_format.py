"""A trace as the files of a bundle, and back.

`trace.json` (request, model, tokens, the step table, an index of the files), `arrays.safetensors` (every
tensor), `latent.webp` and `predicted.webp` (the pictures of every step, packed), `picture.png`, and
`attention.safetensors` (the attention maps of each token, 0..255 on one scale for all steps and tokens).

Version 2 names three fields of trace.json anew: `clip_embeddings` was `meeting`, `clip_similarity` of a step was
`match`, `head_dim` of an attention layer was `width`. Bundles of version 1 are read too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.traces import diffusion
from diffusion_explainer.traces.attention import AttentionLayer
from diffusion_explainer.traces.model_card import ModelCard
from diffusion_explainer.traces.sprites import SpriteSheet
from diffusion_explainer.traces.step import ClipSimilarity, Step
from diffusion_explainer.traces.trace import ClipEmbeddings, EarlierRun, Token, Trace

VERSION = 2
INDEX = "trace.json"
ARRAYS = "arrays.safetensors"
PICTURES = {"latent": "latent.webp", "predicted": "predicted.webp", "final": "picture.png"}
ATTENTION = "attention.safetensors"
FILES = (INDEX, ARRAYS, ATTENTION, *PICTURES.values())

_NOISES = ("noise_unconditional", "noise_conditional", "noise_guided")
_STACKED = (
    *_NOISES,
    "added_noise",
    "prediction_unconditional",
    "prediction_conditional",
    "prediction_guided",
)

Document = dict[str, Any]
Arrays = dict[str, NDArray[Any]]


def files_of(trace: Trace, *, exact: bool = False) -> dict[str, bytes]:
    """The files of the trace's bundle by name, the index last."""
    arrays = _arrays(trace, np.dtype(np.float32 if exact else np.float16))
    files = {
        ARRAYS: safetensors.numpy.save(arrays),
        PICTURES["latent"]: trace.latent_pictures.encoded,
        PICTURES["predicted"]: trace.predicted_pictures.encoded,
        PICTURES["final"]: trace.picture_png,
    }
    attention, maps = _attention(trace, exact)
    if attention is not None:
        files[ATTENTION] = safetensors.numpy.save(maps)
    document = _describe(trace, arrays, attention)
    document["files"] = {name: len(content) for name, content in files.items()}
    files[INDEX] = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return files


def _describe(trace: Trace, arrays: Arrays, attention: Document | None) -> Document:
    """trace.json of a trace whose tensors are stored as `arrays`."""
    sheets = {"latent": trace.latent_pictures, "predicted": trace.predicted_pictures}
    width, height = trace.picture.size
    return {
        "version": VERSION,
        "id": trace.id,
        "request": trace.request.model_dump(),
        "model": trace.model.to_wire(),
        "tokens": [token.to_wire() for token in trace.tokens],
        "cut_tokens": [token.to_wire() for token in trace.cut_tokens],
        "truncated": trace.truncated,
        "negative_tokens": [token.to_wire() for token in trace.negative_tokens],
        "origins": [origin.to_wire() for origin in trace.origins],
        "steps": [step.to_wire() for step in trace.steps],
        "final": {"sigma": trace.final_sigma, "latent_scale": trace.final_latent_scale},
        "seconds": trace.seconds,
        "arrays": {
            "file": ARRAYS,
            "dtype": str(arrays["latents"].dtype),
            "names": {name: list(array.shape) for name, array in arrays.items()},
        },
        "pictures": {
            **{name: {"file": PICTURES[name], **_sheet_to_wire(sheet)} for name, sheet in sheets.items()},
            "final": {"file": PICTURES["final"], "width": width, "height": height},
        },
        "attention": attention,
        "clip_embeddings": trace.clip_embeddings.to_wire() if trace.clip_embeddings else None,
        "created": trace.created,
    }


def upgraded(document: Document) -> Document:
    """trace.json of any version up to this one, as this version writes it.

    Early bundles of version 1 have no origins, no CLIP similarities and no names of the attention layers.
    """
    if document["version"] == VERSION:
        return document
    attention = document["attention"]
    if attention:
        layers = [_renamed(layer, "width", "head_dim") for layer in attention.get("layers", [])]
        attention = {**attention, "layers": layers}
    return {
        **_renamed(document, "meeting", "clip_embeddings"),
        "version": VERSION,
        "origins": document.get("origins", []),
        "steps": [_renamed(row, "match", "clip_similarity") for row in document["steps"]],
        "attention": attention,
    }


def _renamed(wire: Document, old: str, new: str) -> Document:
    """With the field `old` under its new name, null where it is missing."""
    return {**{name: value for name, value in wire.items() if name != old}, new: wire.get(old)}


def trace_of(document: Document, files: Mapping[str, bytes]) -> Trace:
    """The trace that trace.json of this version and the other files of its bundle hold.

    Raises KeyError, TypeError, ValueError or SafetensorError for what is incomplete or no bundle.
    """
    request = TraceRequest(**document["request"])
    arrays = {name: array.astype(np.float32) for name, array in safetensors.numpy.load(files[ARRAYS]).items()}
    if document["arrays"]["dtype"] == "float16":
        _restore_guidance(arrays, request)
    if document["attention"]:
        maps = safetensors.numpy.load(files[ATTENTION])["attention"]
        arrays["attention"] = maps.astype(np.float32) * np.float32(document["attention"]["scale"])
    sheets = {
        name: SpriteSheet(files[PICTURES[name]], **_sheet_from_wire(document["pictures"][name]))
        for name in ("latent", "predicted")
    }
    return Trace(
        id=document["id"],
        request=request,
        model=ModelCard.from_wire(document["model"]),
        tokens=_tokens(document["tokens"]),
        cut_tokens=_tokens(document["cut_tokens"]),
        truncated=document["truncated"],
        negative_tokens=_tokens(document["negative_tokens"]),
        text_embedding=arrays["text_embedding"],
        unconditional_text_embedding=arrays["unconditional_text_embedding"],
        steps=tuple(_step(row, arrays, (sheets["latent"], sheets["predicted"])) for row in document["steps"]),
        final_sigma=document["final"]["sigma"],
        final_latent_scale=document["final"]["latent_scale"],
        latent_pictures=sheets["latent"],
        predicted_pictures=sheets["predicted"],
        picture_png=files[PICTURES["final"]],
        seconds=document["seconds"],
        created=document["created"],
        origins=tuple(EarlierRun.from_wire(origin) for origin in document["origins"]),
        clip_embeddings=ClipEmbeddings.from_wire(document["clip_embeddings"]) if document["clip_embeddings"] else None,
        attention_layers=tuple(
            AttentionLayer.from_wire(layer) for layer in (document["attention"] or {"layers": []})["layers"]
        ),
    )


def _restore_guidance(arrays: Arrays, request: TraceRequest) -> None:
    """Makes guided = unconditional + w · (conditional − unconditional) hold again after rounding to float16.

    For w > 1 it multiplies what rounding took from the conditional noise; so that follows from the other two.
    """
    unconditional, conditional, guided = (arrays[name] for name in _NOISES)
    for row in range(len(guided)):
        w = request.guidance_at(row).guidance_scale
        if w > 1:
            conditional[row] = diffusion.conditional(unconditional[row], guided[row], w)


def _arrays(trace: Trace, dtype: np.dtype[Any]) -> Arrays:
    stacked = {name: trace.stacked(name) for name in _STACKED}
    arrays: Arrays = {
        "latents": trace.latents,
        **{name: tensor for name, tensor in stacked.items() if tensor is not None},
        "text_embedding": trace.text_embedding,
        "unconditional_text_embedding": trace.unconditional_text_embedding,
    }
    return {name: np.ascontiguousarray(array, dtype=dtype) for name, array in arrays.items()}


def _attention(trace: Trace, exact: bool) -> tuple[Document | None, Arrays]:
    """What trace.json says of the attention maps [N, T, h, w], and the maps: stored value · scale = share."""
    shares = trace.stacked("attention")
    if shares is None:
        return None, {}
    scale = 1.0 if exact else float(shares.max()) / 255
    maps = shares if exact else np.rint(shares / scale).astype(np.uint8)
    index = {
        "file": ATTENTION,
        "scale": scale,
        "dtype": str(maps.dtype),
        "shape": list(maps.shape),
        "layers": [layer.to_wire() for layer in trace.attention_layers],
    }
    return index, {"attention": maps}


def _step(row: Document, arrays: Arrays, pictures: tuple[SpriteSheet, SpriteSheet]) -> Step:
    k = row["step"]
    names = ("step", "timestep", "sigma", "latent_scale", "coefficients", "residual", "seconds")
    tensors: Document = {name: arrays[name][k] for name in (*_STACKED, "attention") if name in arrays}
    return Step(
        **{name: row[name] for name in names},
        latent=arrays["latents"][k],
        next_latent=arrays["latents"][k + 1],
        **tensors,
        clip_similarity=ClipSimilarity(**row["clip_similarity"]) if row["clip_similarity"] else None,
        pictures=pictures,
    )


def _tokens(wire: list[Document]) -> tuple[Token, ...]:
    return tuple(Token(**token) for token in wire)


def _sheet_to_wire(sheet: SpriteSheet) -> Document:
    return {"frames": sheet.frames, "columns": sheet.columns, "width": sheet.width, "height": sheet.height}


def _sheet_from_wire(wire: Document) -> Document:
    return {name: wire[name] for name in ("frames", "columns", "width", "height")}
