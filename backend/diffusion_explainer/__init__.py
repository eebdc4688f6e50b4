"""See how a text prompt becomes a picture: every step of a diffusion model, recorded.

    import diffusion_explainer as dx
    trace = dx.trace("a cute rabbit in space, pixel art", seed=3)
    trace.steps[9].noise_conditional
    dx.compare("a rabbit in space", "a rabbit in a forest", seed=3).latent_distance

Modules, in reading order:

    errors        everything that can go wrong
    resources     where the page, the embedded model and the gallery lie
    settings      every setting of the server
    problems      errors as RFC 9457 problem details
    validation    what is wrong with a request, in words
    request       what is asked: validated, with a content id
    diffusion     the mathematics of one step
    attention     where the words are read
    card          which model made a trace
    sprites       many pictures in one file
    step          one step: its tensors and their arithmetic
    trace         what is recorded: Trace, Token
    tokens        a prompt in the model's slots
    comparison    two traces: what differs, how far, and when
    projection    many dimensions laid out in two: PCA, UMAP
    trajectory    the ways of several runs through the latents
    images        pixels to files
    mosaic        a grid of runs as one picture
    imprint       a request inside a picture
    animation     the steps as a moving picture
    markup        HTML that stands alone: its look, with pictures inside
    notebook      how runs show themselves
    report        a comparison as HTML that stands alone
    summary       a run as HTML that stands alone
    archive       a bundle as one .zip
    packing       a trace as the files of a bundle, and back
    bundle        traces on disk or object storage
    formats       the files a run can be taken away as
    library       every trace at hand: the store and the gallery
    events        what a generation reports while it runs
    progress      a progress bar of its steps
    schedulers    the samplers on offer
    coefficients  what each tensor is multiplied by in a step
    clip          where text and picture meet
    models        loads a pipeline and describes it
    capture       the hooks that watch a pipeline
    conditioning  a prompt as the tensors that the UNet reads
    generate      request + model → events → trace
    experiments   runs that belong together: comparisons, one word left out, grids, branches
    contents      what a gallery is to hold
    gallery       the precomputed traces
    precompute    makes them
    spread        a gallery made on the machines of a Ray cluster
    findings      what several stored traces say together
    engine        runs generations, one at a time, for many who wait
    server        HTTP
    site          page and gallery as plain files
    cli           the command line
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from .analysis.comparison import Comparison
from .errors import InvalidRequest
from .requests.request import TraceRequest
from .storage.bundle_store import open_trace
from .storage.png_metadata import read_request
from .traces.step import Step
from .traces.trace import Token, Trace

if TYPE_CHECKING:
    from .analysis.trajectory import Trajectories
    from .tracing.events import Event
    from .tracing.experiments import Grid, LeaveOneOut
    from .tracing.models import Model

MemberReport: TypeAlias = "Callable[[int, Event], None]"

__all__ = [
    "Comparison",
    "Step",
    "Token",
    "Trace",
    "TraceRequest",
    "branch",
    "compare",
    "grid",
    "leave_one_out",
    "load_model",
    "open_trace",
    "read_request",
    "trace",
    "trajectories",
]
__version__ = "0.1.0"


def load_model(source: Any = None, device: str | None = None) -> Model:
    """The model at `source`: None for Storybook, a folder, a hub id, or a loaded diffusers pipeline.

    Raises ModelNotFound or UnsupportedModel.
    """
    from .tracing.models import load_model  # torch takes seconds to import, and replaying needs none of it

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
    report: Callable[[Any], None] | None = None,
) -> Trace:
    """Draws `prompt` and records every step.

    `model`: None for Storybook, a folder, a hub id, a diffusers pipeline, or what `load_model` gave.
    `report` is called with every event (see `events`). Raises InvalidRequest naming field and value.
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
    if not progress:
        return generate(_loaded(model), request, report or (lambda event: None))
    from .tracing.progress import showing_steps

    with showing_steps(also=report) as show:
        return generate(_loaded(model), request, show)


def compare(
    a: str, b: str, *, model: Any = None, progress: bool = True, report: MemberReport | None = None, **settings: Any
) -> Comparison:
    """Draws two prompts from the same starting noise, in one batch. `settings`: as of `trace`.

    `report(member, event)` is called with every event of run 0 and 1.
    """
    from .tracing import experiments

    requests = [TraceRequest.checked(prompt=prompt, **settings) for prompt in (a, b)]
    loaded = _loaded(model)
    with _showing(loaded, requests, progress, report) as show:
        return experiments.compare(loaded, requests[0], requests[1], show)


def leave_one_out(
    prompt: str, *, model: Any = None, progress: bool = True, report: MemberReport | None = None, **settings: Any
) -> LeaveOneOut:
    """Draws the prompt, and again without each of its words: which word changed the picture most?"""
    from .tracing import experiments

    request = TraceRequest.checked(prompt=prompt, **settings)
    requests, loaded = experiments.without_each_word(request), _loaded(model)
    with _showing(loaded, requests, progress, report) as show:
        return experiments.leave_one_out(loaded, request, show)


def grid(
    prompt: str | Sequence[str],
    *,
    model: Any = None,
    progress: bool = True,
    report: MemberReport | None = None,
    **settings: Any,
) -> Grid:
    """Draws every combination of the two settings that are given as lists; the first varies by row.

    dx.grid("a rabbit in space", seed=[1, 2, 3], guidance_scale=[0, 1, 7, 20]).picture
    """
    from .tracing import experiments

    fields = {"prompt": prompt, **settings}
    lists = [(name, value) for name, value in fields.items() if isinstance(value, (list, tuple, range))]
    if len(lists) != 2 or not all(values for _, values in lists):
        named = [name for name, _ in lists]
        raise InvalidRequest("settings", named, "must hold exactly two lists, for rows and columns, of a value or more")
    request = TraceRequest.checked(**{**fields, **{name: values[0] for name, values in lists}})
    rows, columns = lists
    requests, loaded = experiments.grid_requests(request, rows, columns), _loaded(model)
    with _showing(loaded, requests, progress, report) as show:
        return experiments.grid(loaded, request, rows, columns, show)


def branch(
    trace: Trace,
    *,
    step: int,
    model: Any = None,
    progress: bool = True,
    report: MemberReport | None = None,
    **changes: Any,
) -> Trace:
    """The same run before row `step`, and from there on with another prompt, negative prompt or guidance.

    dx.Comparison(trace, dx.branch(trace, step=10, prompt="a rabbit in a forest"))

    The rows before are drawn again, from the seed, so that every sampler goes on exactly as it would.
    Raises InvalidRequest for a step outside 0..N, or a `model` that is not the trace's.
    """
    from .tracing import experiments

    request = experiments.branch_request(trace.request, len(trace.steps), step, **changes)
    loaded = _loaded(model)
    with _showing(loaded, [request], progress, report) as show:
        return experiments.branch(loaded, trace, step, show, **changes)


def trajectories(traces: Sequence[Trace], *, method: str = "pca", background: Sequence[Trace] = ()) -> Trajectories:
    """The latents of up to four runs at all steps, in two dimensions: `method` is pca or umap (an extra).

    `background`: other runs, for scale. Raises InvalidRequest, or NotInstalled for a UMAP that is not there.
    """
    from .analysis.trajectory import Background, trajectories

    return trajectories(traces, [Background(one.request.prompt, one) for one in background], method)


@contextlib.contextmanager
def _showing(
    model: Model, requests: Sequence[TraceRequest], progress: bool, report: MemberReport | None
) -> Iterator[MemberReport]:
    """What passes each event of several runs on: to a progress bar of them all, and to `report`."""
    told = report or (lambda member, event: None)
    if not progress:
        yield told
        return
    from .tracing.progress import showing_steps

    rows = sum(model.rows(request.scheduler, request.steps) for request in dict.fromkeys(requests))
    with showing_steps(rows=rows) as show:

        def both(member: int, event: Event) -> None:
            show(event)
            told(member, event)

        yield both


def _loaded(source: Any) -> Model:
    from .tracing.models import Model

    return source if isinstance(source, Model) else _loaded_once(source)


@functools.lru_cache(maxsize=1)
def _loaded_once(source: Any) -> Model:
    return load_model(source)
