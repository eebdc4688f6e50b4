"""The steps of a run as an animation: WebP, GIF or MP4, a tenth of a second each, the finished picture last."""

from __future__ import annotations

import importlib.util
import io
from typing import Literal, TypeAlias, get_args

import numpy as np
from PIL import Image

from diffusion_explainer.errors import NotInstalled
from diffusion_explainer.traces.trace import Trace

Kind: TypeAlias = Literal["latent", "predicted"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_STEP, _LAST = 100, 1500  # milliseconds that a step and the finished picture stay
_LEAST = 256  # pixels of the longer side, for models whose pictures are small
_QUALITY = 80


def frames(trace: Trace, kind: Kind) -> list[Image.Image]:
    """The decoded latents of every step, or the pictures the steps are heading for; then the finished picture."""
    sheet = trace.latent_pictures if kind == "latent" else trace.predicted_pictures
    pictures = [sheet.frame(k) for k in range(len(trace.steps))]
    return [_enlarged(picture, trace.picture.size) for picture in [*pictures, trace.picture]]


def webp(trace: Trace, kind: Kind = "latent") -> bytes:
    """An animated WebP that repeats."""
    return _animated(frames(trace, kind), "WEBP", quality=_QUALITY, method=4)


def gif(trace: Trace, kind: Kind = "latent") -> bytes:
    """An animated GIF that repeats; every frame has its own 256 colors."""
    return _animated([frame.quantize(256) for frame in frames(trace, kind)], "GIF")


def mp4(trace: Trace, kind: Kind = "latent") -> bytes:
    """H.264, which every browser and slide program plays. Raises NotInstalled without PyAV."""
    check_video_encoder()
    import av  # 100 MB of codecs, loaded only when used

    buffer = io.BytesIO()
    pictures = frames(trace, kind)
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=1000 // _STEP, options={"crf": "18", "preset": "medium"})
        stream.width, stream.height, stream.pix_fmt = *_even(pictures[0].size), "yuv420p"
        for picture in [*pictures, *[pictures[-1]] * (_LAST // _STEP - 1)]:
            pixels = np.asarray(picture.resize((stream.width, stream.height)))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def check_video_encoder() -> None:
    """Raises NotInstalled without PyAV, which the extra `video` brings."""
    if importlib.util.find_spec("av") is None:
        raise NotInstalled("av", "video")


def _animated(pictures: list[Image.Image], encoding: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    durations = [*[_STEP] * (len(pictures) - 1), _LAST]
    first, *rest = pictures
    first.save(buffer, encoding, save_all=True, append_images=rest, duration=durations, loop=0, **options)
    return buffer.getvalue()


def _enlarged(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    times = max(1, -(-_LEAST // max(size)))
    return picture.resize((size[0] * times, size[1] * times), Image.Resampling.BICUBIC)


def _even(size: tuple[int, int]) -> tuple[int, int]:
    """H.264 halves its color resolution in both directions."""
    return size[0] - size[0] % 2, size[1] - size[1] % 2
