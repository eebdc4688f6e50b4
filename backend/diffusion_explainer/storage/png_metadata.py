"""The request in a picture's metadata, from which the picture can be generated again.

It is text in iTXt chunks of the PNG: `diffusion-explainer` holds JSON, `parameters` the line that other
image generators write and show.
"""

from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from diffusion_explainer.errors import NoRequestInside
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.traces.trace import Trace

KEYWORD = "diffusion-explainer"

# What Pillow raises for files that are broken, or made to fill memory.
UNREADABLE_PICTURE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    OverflowError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)

_LARGEST = 4096 * 4096  # pixels that are decoded in search of metadata behind them


def with_metadata(trace: Trace) -> bytes:
    """The finished picture as a PNG with its request in the metadata."""
    text = PngInfo()
    for keyword, value in {KEYWORD: _ours(trace), "parameters": _parameters(trace)}.items():
        text.add_itxt(keyword, value, "en", keyword)
    buffer = io.BytesIO()
    trace.picture.save(buffer, "PNG", pnginfo=text)
    return buffer.getvalue()


def read_request(png: str | Path | bytes) -> TraceRequest:
    """The request of a picture that `with_metadata` made.

    Raises NoRequestInside for any other file, or none; InvalidRequest for a request that this version cannot generate.
    """
    try:
        with Image.open(io.BytesIO(png) if isinstance(png, bytes) else png, formats=["PNG"]) as picture:
            if KEYWORD not in picture.info and picture.width * picture.height <= _LARGEST:
                picture.load()  # other programs move the metadata behind the pixels
            wire = json.loads(picture.info[KEYWORD])
        return TraceRequest.checked(**wire["request"])
    except (*UNREADABLE_PICTURE, KeyError, TypeError, RecursionError) as error:
        named = "this picture" if isinstance(png, bytes) else str(png)
        raise NoRequestInside(named) from error


def _ours(trace: Trace) -> str:
    model = {"name": trace.model.name, "source": trace.model.source, "fingerprint": trace.model.fingerprint}
    wire = {"id": trace.id, "request": trace.request.model_dump(), "model": model}
    return json.dumps(wire, ensure_ascii=False)


def _parameters(trace: Trace) -> str:
    request, (width, height) = trace.request, trace.picture.size
    negative = f"\nNegative prompt: {request.negative_prompt}" if request.negative_prompt else ""
    return (
        f"{request.prompt}{negative}\nSteps: {request.steps}, Sampler: {request.scheduler}, "
        f"CFG scale: {request.guidance_scale:g}, Seed: {request.seed}, Size: {width}x{height}, "
        f"Model: {trace.model.name}"
    )
