"""See how a text prompt becomes a picture: every step of a diffusion model, recorded.

    import diffusion_explainer as dx
    trace = dx.trace("a cute rabbit in space, pixel art", seed=3)
    trace.steps[9].noise_conditional

Modules, in reading order:

    errors        everything that can go wrong
    settings      every setting of the server
    resources     where the page, the embedded model and the gallery lie
    request       what is asked: validated, with a content id
    diffusion     the mathematics of one step
    trace         what is recorded: Trace, Step, Token
    tokens        a prompt in the model's slots
    images        pixels to files
    notebook      how a trace shows itself
    bundle        traces on disk or object storage
    events        what a generation reports while it runs
    schedulers    the samplers on offer
    coefficients  what each tensor is multiplied by in a step
    models        loads a pipeline and describes it
    capture       the hooks that watch a pipeline
    generate      request + model → events → trace
    engine        runs generations, one at a time, for many who wait
    gallery       the precomputed traces
    server        HTTP
    cli           the command line
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .bundle import open_trace
from .request import TraceRequest
from .trace import Step, Token, Trace

if TYPE_CHECKING:
    from .models import Model

__all__ = ["Step", "Token", "Trace", "TraceRequest", "load_model", "open_trace", "trace"]
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
    from .models import Model

    request = TraceRequest.checked(
        prompt=prompt,
        negative_prompt=negative_prompt,
        seed=seed,
        guidance_scale=guidance_scale,
        steps=steps,
        scheduler=scheduler,
    )
    loaded = model if isinstance(model, Model) else _loaded(model)
    if not progress:
        return generate(loaded, request, report or (lambda event: None))
    from .progress import showing_steps

    with showing_steps(also=report) as show:
        return generate(loaded, request, show)


@functools.lru_cache(maxsize=1)
def _loaded(source: Any) -> Model:
    return load_model(source)
