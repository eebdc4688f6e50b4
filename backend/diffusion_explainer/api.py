"""The public functions: they join records with storage, rendering and models."""

from __future__ import annotations

import contextlib
import functools
import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from PIL import Image

from .analysis.comparison import Comparison
from .analysis.grid import Grid
from .analysis.leave_one_out import LeaveOneOut
from .analysis.trajectory import Background, Trajectories
from .analysis.trajectory import trajectories as _trajectories
from .errors import InvalidRequest
from .requests.request import TraceRequest
from .requests.variations import LARGEST_GROUP, branch_request, grid_requests, without_each_word
from .storage.bundle_store import open_trace as open_trace
from .storage.bundle_store import save_trace
from .storage.png_metadata import read_request as read_request
from .traces.outputs import Outputs
from .traces.step import Step as Step
from .traces.trace import Token as Token
from .traces.trace import Trace

if TYPE_CHECKING:
    from .tracing.events import Event
    from .tracing.models import Model

OnMemberEvent: TypeAlias = "Callable[[int, Event], None]"

# Imports inside the functions below: torch takes seconds to import, renderers and codecs tenths, and most
# programs that read a trace need none of them.


def load_model(source: Any = None, device: str | None = None) -> Model:
    """The model at `source`: None for Storybook, a folder, a hub id, or a loaded diffusers pipeline.

    `device`: cuda, mps or cpu; None takes the best that is available. Raises ModelNotFound, UnsupportedModel, or
    InvalidRequest for a device that is not there.
    """
    from .tracing.models import load_model

    return load_model(source, device)


def trace(
    prompt: str,
    *,
    negative_prompt: str = "",
    seed: int = 0,
    guidance_scale: float = 7.0,
    steps: int = 25,
    scheduler: str = "ddim",
    model: Any = None,
    progress: bool = True,
    on_event: Callable[[Event], None] | None = None,
) -> Trace:
    """Draws `prompt` and records every step.

    `model`: None for Storybook, a folder, a hub id, a diffusers pipeline, or what `load_model` returned.
    A model or pipeline that is handed over is read again at each call: after a LoRA is loaded, the trace has another
    id. `on_event` is called with every event (see `tracing.events`). Raises InvalidRequest, which names field and
    value, NotFinite for a model that gives no numbers, PipelineInUse if `on_event` uses the same pipeline, and what
    `load_model` raises.
    """
    from .tracing.generate import generate

    request = TraceRequest.checked(
        prompt=prompt,
        negative_prompt=negative_prompt,
        seed=seed,
        guidance_scale=guidance_scale,
        steps=steps,
        scheduler=scheduler,
    )
    loaded = _loaded(model)
    with _showing(loaded, [request], progress, on_event and (lambda member, event: on_event(event))) as show:
        return generate(loaded, request, functools.partial(show, 0))


def compare(
    a: str,
    b: str,
    *,
    model: Any = None,
    progress: bool = True,
    on_event: OnMemberEvent | None = None,
    **settings: Any,
) -> Comparison:
    """Draws two prompts from the same starting noise, in one batch. `settings`: as of `trace`.

    `on_event(member, event)` is called with every event of run 0 and 1. Raises as `trace` does.
    """
    from .tracing import experiments

    requests = [_request(prompt, settings) for prompt in (a, b)]
    loaded = _loaded(model)
    with _showing(loaded, requests, progress, on_event) as show:
        return experiments.compare(loaded, requests[0], requests[1], show)


def leave_one_out(
    prompt: str, *, model: Any = None, progress: bool = True, on_event: OnMemberEvent | None = None, **settings: Any
) -> LeaveOneOut:
    """Draws the prompt, and again without each of its words: which word changed the picture most?

    Raises InvalidRequest for a prompt of one word, or as `trace` does.
    """
    from .tracing import experiments

    request = _request(prompt, settings)
    requests, loaded = without_each_word(request), _loaded(model)
    with _showing(loaded, requests, progress, on_event) as show:
        return experiments.leave_one_out(loaded, request, show)


def grid(
    prompt: str | Sequence[str],
    *,
    model: Any = None,
    progress: bool = True,
    on_event: OnMemberEvent | None = None,
    **settings: Any,
) -> Grid:
    """Draws every combination of the two settings that are given as lists; the first varies by row.

    dx.grid("a rabbit in space", seed=[1, 2, 3], guidance_scale=[0, 1, 7, 20]).picture

    Raises InvalidRequest where there are not exactly two lists, or as `trace` does.
    """
    from .tracing import experiments

    fields = {"prompt": prompt, **settings}
    lists = [
        (name, list(itertools.islice(value, LARGEST_GROUP + 1)))
        for name, value in fields.items()
        if isinstance(value, (list, tuple, range))
    ]
    if len(lists) != 2 or not all(values for _, values in lists):
        named = [name for name, _ in lists]
        raise InvalidRequest("settings", named, "must hold exactly two lists, for rows and columns, of a value or more")
    request = TraceRequest.checked(**{**fields, **{name: values[0] for name, values in lists}})
    rows, columns = lists
    requests, loaded = grid_requests(request, rows, columns), _loaded(model)
    with _showing(loaded, requests, progress, on_event) as show:
        return experiments.grid(loaded, request, rows, columns, show)


def branch(
    trace: Trace,
    *,
    step: int,
    model: Any = None,
    progress: bool = True,
    on_event: OnMemberEvent | None = None,
    **changes: Any,
) -> Trace:
    """Draws the same run before `step`, and from there on with another prompt, negative prompt or guidance.

    dx.Comparison(trace, dx.branch(trace, step=10, prompt="a rabbit in a forest"))

    The steps before are drawn again from the seed, so that every sampler continues exactly as it would have.
    Raises InvalidRequest for a step outside 0..N, or a `model` that is not the trace's, and what `load_model` raises.
    """
    from .tracing import experiments

    _check_trace("trace", trace)
    request = branch_request(trace.request, len(trace.steps), step, **changes)
    loaded = _loaded(model)
    with _showing(loaded, [request], progress, on_event) as show:
        return experiments.branch(loaded, trace, step, show, **changes)


def trajectories(traces: Sequence[Trace], *, method: str = "pca", background: Sequence[Trace] = ()) -> Trajectories:
    """The latents of up to four runs at all steps, in two dimensions: `method` is pca or umap (an extra).

    `background`: other runs, for scale. Raises InvalidRequest, or NotInstalled for UMAP without its package.
    """
    for field, given in (("traces", traces), ("background", background)):
        if not isinstance(given, Sequence):
            raise InvalidRequest(field, given, "must be a list of traces")
        for one in given:
            _check_trace(field, one)
    return _trajectories(traces, [Background(one.request.prompt, one) for one in background], method)


def _request(prompt: str, settings: dict[str, Any]) -> TraceRequest:
    if "prompt" in settings:
        raise InvalidRequest("prompt", settings["prompt"], "must not be a setting too: prompts come first")
    return TraceRequest.checked(prompt=prompt, **settings)


def _check_trace(field: str, value: Any) -> None:
    if not isinstance(value, Trace):
        raise InvalidRequest(field, value, "must be a Trace, as dx.trace and dx.open_trace give it")


@contextlib.contextmanager
def _showing(
    model: Model, requests: Sequence[TraceRequest], progress: bool, on_event: OnMemberEvent | None
) -> Iterator[OnMemberEvent]:
    """Passes each event of several runs on to one progress bar, and to `on_event`."""
    told = on_event or (lambda member, event: None)
    if not progress:
        yield told
        return
    from .tracing.progress import showing_steps

    num_steps = sum(model.num_steps(request.scheduler, request.steps) for request in dict.fromkeys(requests))
    with showing_steps(num_steps=num_steps) as show:

        def both(member: int, event: Event) -> None:
            show(event)
            told(member, event)

        yield both


def _loaded(source: Any) -> Model:
    """The model at `source`. A model or pipeline that is handed over is read again, since it may have been changed."""
    from .tracing.models import Model, load_model

    if isinstance(source, Model):
        return source.current()
    if source is None or isinstance(source, (str, Path)):
        with _loading:
            return _loaded_once(source)
    return load_model(source)


_loading = threading.Lock()  # so that threads that ask at once wait for one model


@functools.lru_cache(maxsize=1)
def _loaded_once(source: str | Path | None) -> Model:
    return load_model(source)


def _save(trace: Trace, url: str | Path, exact: bool) -> str:
    return save_trace(trace, url, exact=exact)


def _export(trace: Trace, path: str | Path, kind: Any) -> Path:
    from .storage.formats import export

    return export(trace, path, kind)


def _html(record: Trace | Comparison | LeaveOneOut | Grid | Trajectories) -> str:
    from .rendering import comparison_report, notebook

    match record:
        case Trace():
            return notebook.trace_html(record)
        case Comparison():
            return comparison_report.comparison_html(record)
        case LeaveOneOut():
            return notebook.leave_one_out_html(record)
        case Grid():
            return notebook.grid_html(record)
        case Trajectories():
            return notebook.trajectories_html(record)


def _image(grid: Grid) -> Image.Image:
    from .rendering.grid_image import mosaic

    return mosaic(grid.traces, grid.row_setting, grid.column_setting)


OUTPUTS = Outputs(_save, _export, _html, _image)
