"""A trace as the files of a bundle, and back.

`trace.json` (request, model, tokens, the step table, an index of the files), `arrays.safetensors` (every
tensor), `latent.webp` and `predicted.webp` (the pictures of every step, packed), `picture.png`, and
`attention.safetensors` (the attention maps, 0..255 on a scale of each token that is the same for all steps; a bundle
without this file is read as one that has no maps). In object storage `folder` of trace.json names the folder that the
other files are in.

Version 2 names three fields of trace.json anew: `clip_embeddings` was `meeting`, `clip_similarity` of a step was
`match`, `head_dim` of an attention layer was `width`. `scale` of the attention is a list, one number a token; it was
one number for all. Bundles of version 1 are read too.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from PIL import Image

from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.traces import diffusion
from diffusion_explainer.traces.attention import AttentionLayer
from diffusion_explainer.traces.model_card import ModelCard
from diffusion_explainer.traces.sprites import SpriteSheet
from diffusion_explainer.traces.step import ClipSimilarity, Step
from diffusion_explainer.traces.trace import ClipEmbeddings, EarlierRun, Token, Trace

from .png_metadata import UNREADABLE_PICTURE

VERSION = 2
INDEX = "trace.json"
ARRAYS = "arrays.safetensors"
PICTURES = {"latent": "latent.webp", "predicted": "predicted.webp", "final": "picture.png"}
ATTENTION = "attention.safetensors"
FOLDER = "folder"
FILES = (INDEX, ARRAYS, ATTENTION, *PICTURES.values())

_NOISES = ("noise_unconditional", "noise_conditional", "noise_guided")
_STACKED = (
    *_NOISES,
    "added_noise",
    "prediction_unconditional",
    "prediction_conditional",
    "prediction_guided",
)
_MOST_SLOTS = 4096

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
        "withheld": trace.withheld,
        "created": trace.created,
    }


def upgraded(document: Document) -> Document:
    """trace.json of any version up to this one, as this version writes it.

    Version 1 does not say which characters a token stands for. Its early bundles have no origins, no CLIP similarities
    and no names of the attention layers.
    """
    if document["version"] == VERSION:
        return document
    attention = document["attention"]
    if attention:
        layers = [_renamed(layer, "width", "head_dim") for layer in attention.get("layers", [])]
        attention = {**attention, "layers": layers, "scale": [attention["scale"]] * _slots(attention["shape"])}
    request, origins = document["request"], document.get("origins", [])
    spelled = _located(request["prompt"], [*document["tokens"], *document["cut_tokens"]])
    guidances = request.get("branched_from", [])
    return {
        **_renamed(document, "meeting", "clip_embeddings"),
        "version": VERSION,
        "tokens": spelled[: len(document["tokens"])],
        "cut_tokens": spelled[len(document["tokens"]) :],
        "negative_tokens": _located(request["negative_prompt"], document["negative_tokens"]),
        "origins": [
            {**origin, "tokens": _located(guidance["prompt"], origin["tokens"])}
            for origin, guidance in zip(origins, guidances, strict=True)
        ],
        "steps": [_renamed(row, "match", "clip_similarity") for row in document["steps"]],
        "attention": attention,
        "withheld": False,
    }


def _located(prompt: str, tokens: list[Document]) -> list[Document]:
    """The tokens with the characters that spell them, searched one after another in the lower-cased prompt."""
    letters = [(letter, index) for index, character in enumerate(prompt) for letter in character.lower()]
    text, after, located = "".join(letter for letter, _ in letters), 0, []
    for token in tokens:
        spelling = token["text"].lower() if token["kind"] in ("text", "cut") else None
        found = -1 if spelling is None else text.find(spelling, after)
        if spelling and found >= 0:
            after = found + len(spelling)
            located.append({**token, "start": letters[found][1], "end": letters[after - 1][1] + 1})
        else:
            located.append({**token, "start": None, "end": None})
    return located


def _slots(shape: list[int]) -> int:
    """T of the attention's [N, T, h, w]."""
    slots = shape[1]
    if not 0 < slots <= _MOST_SLOTS:
        raise ValueError(f"attention of {slots} tokens")
    return slots


def _renamed(wire: Document, old: str, new: str) -> Document:
    """With the field `old` under its new name, null where it is missing."""
    return {**{name: value for name, value in wire.items() if name != old}, new: wire.get(old)}


def trace_of(document: Document, files: Mapping[str, bytes]) -> Trace:
    """The trace that trace.json of this version and the other files of its bundle hold.

    Raises KeyError, TypeError, ValueError, IndexError, InvalidRequest or SafetensorError for what is incomplete or no
    bundle.
    """
    request = TraceRequest.checked(**document["request"])
    arrays = {name: array.astype(np.float32) for name, array in safetensors.numpy.load(files[ARRAYS]).items()}
    _check_finite(arrays)
    if document["arrays"]["dtype"] == "float16":
        _restore_guidance(arrays, request)
    if document["attention"]:
        maps = safetensors.numpy.load(files[ATTENTION])["attention"]
        scale = np.asarray(document["attention"]["scale"], np.float64)
        if not ((scale >= 0) & (scale <= 1)).all():
            raise ValueError("a scale of attention is not between 0 and 1")
        arrays["attention"] = maps.astype(np.float32) * scale.astype(np.float32)[:, None, None]
    pictures = document["pictures"]
    sheets = {
        name: SpriteSheet(files[PICTURES[name]], **_sheet_from_wire(pictures[name])) for name in ("latent", "predicted")
    }
    for sheet in sheets.values():
        _check_picture(
            sheet.encoded, "WEBP", sheet.columns * sheet.width, -(-sheet.frames // sheet.columns) * sheet.height
        )
    _check_picture(files[PICTURES["final"]], "PNG", pictures["final"]["width"], pictures["final"]["height"])
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
        withheld=document.get("withheld", False),
    )


def _check_finite(arrays: Arrays) -> None:
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise ValueError(f"{name} has numbers that are not finite")


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
    """What trace.json says of the attention maps [N, T, h, w], and the maps: stored value · scale[token] = share."""
    shares = trace.stacked("attention")
    if shares is None:
        return None, {}
    largest = shares.max(axis=(0, 2, 3))
    scale = np.where(largest > 0, largest / 255, 1) if not exact else np.ones_like(largest)
    maps = shares if exact else np.rint(shares / scale[:, None, None]).astype(np.uint8)
    index = {
        "file": ATTENTION,
        "scale": scale.tolist(),
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


def _check_picture(encoded: bytes, encoding: str, width: int, height: int) -> None:
    """Raises ValueError for a picture of another size, by its header: nothing is decoded."""
    try:
        with Image.open(io.BytesIO(encoded), formats=[encoding]) as picture:
            size = picture.size
    except UNREADABLE_PICTURE as error:
        raise ValueError(f"a picture that is no {encoding}: {error}") from error
    if size != (width, height):
        raise ValueError(f"a picture of {size[0]} × {size[1]} pixels, not {width} × {height}")


def _sheet_to_wire(sheet: SpriteSheet) -> Document:
    return {"frames": sheet.frames, "columns": sheet.columns, "width": sheet.width, "height": sheet.height}


def _sheet_from_wire(wire: Document) -> Document:
    return {name: wire[name] for name in ("frames", "columns", "width", "height")}
