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
    trace         what is recorded: Trace, Step, Token
    tokens        a prompt in the model's slots
    comparison    two traces: what differs, how far, and when
    images        pixels to files
    notebook      how runs show themselves
    report        a comparison as HTML that stands alone
    bundle        traces on disk or object storage
    library       every trace at hand: the store and the gallery
    events        what a generation reports while it runs
    progress      a progress bar of its steps
    schedulers    the samplers on offer
    coefficients  what each tensor is multiplied by in a step
    models        loads a pipeline and describes it
    capture       the hooks that watch a pipeline
    generate      request + model → events → trace
    experiments   runs that belong together: comparisons, one word left out, grids
    gallery       the precomputed traces
    engine        runs generations, one at a time, for many who wait
    server        HTTP
    site          page and gallery as plain files
    cli           the command line
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .bundle import open_trace
from .comparison import Comparison
from .errors import InvalidRequest
from .request import TraceRequest
from .trace import Step, Token, Trace

if TYPE_CHECKING:
    from .experiments import Grid, LeaveOneOut
    from .models import Model

__all__ = [
    "Comparison",
    "Step",
    "Token",
    "Trace",
    "TraceRequest",
    "compare",
    "grid",
    "leave_one_out",
    "load_model",
    "open_trace",
    "trace",
]
__version__ = "0.1.0"


def load_model(source: Any = None, device: str | None = None) -> Model:
    """The model at `source`: None for Storybook, a folder, a hub id, or a loaded diffusers pipeline.

    Raises ModelNotFound or UnsupportedModel.
    """
    from .models import load_model  # torch takes seconds to import, and replaying needs none of it

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
    from .generate import generate

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
    from .progress import showing_steps

    with showing_steps(also=report) as show:
        return generate(_loaded(model), request, show)


def compare(a: str, b: str, *, model: Any = None, **settings: Any) -> Comparison:
    """Draws two prompts from the same starting noise, in one batch. `settings`: as of `trace`."""
    from . import experiments

    requests = (TraceRequest.checked(prompt=prompt, **settings) for prompt in (a, b))
    return experiments.compare(_loaded(model), *requests)


def leave_one_out(prompt: str, *, model: Any = None, **settings: Any) -> LeaveOneOut:
    """Draws the prompt, and again without each of its words: which word changed the picture most?"""
    from . import experiments

    return experiments.leave_one_out(_loaded(model), TraceRequest.checked(prompt=prompt, **settings))


def grid(prompt: str, *, model: Any = None, **settings: Any) -> Grid:
    """Draws every combination of the two settings that are given as lists; the first varies by row.

    dx.grid("a rabbit in space", seed=[1, 2, 3], guidance_scale=[0, 1, 7, 20])
    """
    from . import experiments

    fields = {"prompt": prompt, **settings}
    lists = [(name, value) for name, value in fields.items() if isinstance(value, (list, tuple, range))]
    if len(lists) != 2:
        raise InvalidRequest(
            "settings", [name for name, _ in lists], "must hold exactly two lists, for rows and columns"
        )
    first = {name: value[0] for name, value in lists}
    return experiments.grid(_loaded(model), TraceRequest.checked(**{**fields, **first}), *lists)


def _loaded(source: Any) -> Model:
    from .models import Model

    return source if isinstance(source, Model) else _loaded_once(source)


@functools.lru_cache(maxsize=1)
def _loaded_once(source: Any) -> Model:
    return load_model(source)
