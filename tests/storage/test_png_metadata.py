import io
from pathlib import Path

import pytest
from PIL import Image

from diffusion_explainer import read_request
from diffusion_explainer.errors import NoRequestInside
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.storage.png_metadata import with_metadata
from diffusion_explainer.traces.trace import Trace


def test_a_picture_gives_back_its_request(trace: Trace, tmp_path: Path) -> None:
    (tmp_path / "rabbit.png").write_bytes(with_metadata(trace))
    assert read_request(tmp_path / "rabbit.png") == read_request(with_metadata(trace)) == trace.request


def test_the_picture_is_the_picture_bit_for_bit(trace: Trace) -> None:
    assert Image.open(io.BytesIO(with_metadata(trace))).tobytes() == trace.picture.tobytes()


def test_any_prompt_survives(trace: Trace) -> None:
    request = TraceRequest(prompt="ein Hase für Zoë 🐇\n“quoted”", negative_prompt="темно", guidance_scale=7.5)
    object.__setattr__(copy := _copy(trace), "request", request)
    assert read_request(with_metadata(copy)) == request


def _copy(trace: Trace) -> Trace:
    return type(trace)(**{name: getattr(trace, name) for name in trace.__dataclass_fields__})


def test_other_programs_find_the_line_that_they_know(trace: Trace) -> None:
    told = Image.open(io.BytesIO(with_metadata(trace))).info["parameters"]
    assert told.startswith(trace.request.prompt)
    assert f"Steps: {trace.request.steps}, Sampler: ddim, CFG scale: 7, Seed: 3" in told


@pytest.mark.parametrize("content", [b"", b"not a picture", Path(__file__).read_bytes()])
def test_a_file_without_a_request_says_so(content: bytes) -> None:
    with pytest.raises(NoRequestInside):
        read_request(content)


def test_a_picture_of_another_program_says_so(trace: Trace) -> None:
    with pytest.raises(NoRequestInside):
        read_request(trace.picture_png)
