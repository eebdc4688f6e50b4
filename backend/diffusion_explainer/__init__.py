"""See how a text prompt becomes a picture: every step of a diffusion model, recorded.

    import diffusion_explainer as dx
    trace = dx.trace("a cute rabbit in space, pixel art", seed=3)
    trace.steps[9].noise_conditional
    dx.compare("a rabbit in space", "a rabbit in a forest", seed=3).latent_distance

Packages, lowest layer first (each lists its modules):

    errors          everything that can go wrong
    resources       where the page, the embedded model and the gallery lie
    settings        every setting of the server
    requests        what is asked of a model
    traces          what is recorded
    analysis        what recorded traces say
    rendering       traces as pictures, films and HTML
    storage         traces as files
    tracing         runs a model and records what it does
    gallery         precomputed traces
    engine          runs generations for many clients
    server          HTTP
    cli             the command line
    api             the public functions, which are here too
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .traces.outputs import register
from .version import __version__ as __version__

if TYPE_CHECKING:
    from .analysis.comparison import Comparison
    from .analysis.grid import Grid
    from .analysis.leave_one_out import LeaveOneOut
    from .analysis.trajectory import Trajectories
    from .api import branch, compare, grid, leave_one_out, load_model, trace, trajectories
    from .requests.request import TraceRequest
    from .storage.bundle_store import open_trace
    from .storage.png_metadata import read_request
    from .traces.step import Step
    from .traces.trace import Token, Trace

__all__ = [
    "Comparison",
    "Grid",
    "LeaveOneOut",
    "Step",
    "Token",
    "Trace",
    "TraceRequest",
    "Trajectories",
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


def __getattr__(name: str) -> Any:
    """Public names are imported when they are used: what only asks for help or a version need not wait for numpy."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(".api", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


register(lambda: importlib.import_module(".api", __name__).OUTPUTS)
