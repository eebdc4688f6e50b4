import io
import sys
from collections.abc import Callable

import av
import numpy as np
import pytest
from PIL import Image

from diffusion_explainer.errors import NotInstalled
from diffusion_explainer.rendering import animation
from diffusion_explainer.traces.trace import Trace


@pytest.mark.parametrize("encode", [animation.webp, animation.gif])
def test_a_moving_picture_shows_every_step_and_rests_on_the_finished_one(
    trace: Trace, encode: Callable[[Trace], bytes]
) -> None:
    moving = Image.open(io.BytesIO(encode(trace)))
    durations = []
    for k in range(getattr(moving, "n_frames", 1)):
        moving.seek(k)
        moving.load()
        durations.append(moving.info["duration"])
    assert sum(durations) == 100 * len(trace.steps) + 1500
    assert durations[-1] >= 1500
    assert _distance(moving, trace.picture) < 12


def test_a_film_has_a_frame_for_every_tenth_of_a_second(trace: Trace) -> None:
    with av.open(io.BytesIO(animation.mp4(trace))) as film:
        pictures = [frame.to_image() for frame in film.decode(video=0)]
        assert film.streams.video[0].codec_context.name == "h264"
    assert len(pictures) == len(trace.steps) + 15
    assert _distance(pictures[-1], trace.picture) < 12
    assert _distance(pictures[0], trace.steps[0].picture) < 25


def test_a_film_without_its_encoder_says_what_to_install(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.setattr(animation, "frames", None)  # nothing is decoded first
    with pytest.raises(NotInstalled, match=r"pip install 'diffusion-explainer\[video\]'"):
        animation.mp4(trace)


def test_either_kind_of_picture_can_be_shown(trace: Trace) -> None:
    latent, predicted = (animation.frames(trace, kind) for kind in ("latent", "predicted"))
    assert len(latent) == len(predicted) == len(trace.steps) + 1
    assert _distance(predicted[0], trace.steps[0].predicted_picture) == 0 != _distance(latent[0], predicted[0])


def _distance(one: Image.Image, other: Image.Image) -> float:
    small = one.convert("RGB").resize(other.size, Image.Resampling.BOX)
    other = other.resize(one.size, Image.Resampling.BICUBIC).resize(other.size, Image.Resampling.BOX)
    return float(np.abs(np.asarray(small, float) - np.asarray(other, float)).mean())
