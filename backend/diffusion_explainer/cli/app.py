"""The command line's commands and how they fail."""

from __future__ import annotations

import os
import sys
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from typer.core import TyperGroup

from diffusion_explainer import __version__
from diffusion_explainer.errors import DiffusionExplainerError

from .bench import bench
from .compare import compare
from .export import export
from .precompute import precompute
from .serve import serve
from .trace import trace


class Commands(TyperGroup):
    """Errors of this package are one line on stderr and exit status 2; others keep their traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the command that was named."""
        try:
            return super().invoke(ctx)
        except DiffusionExplainerError as error:
            Console(stderr=True).print("[red]Error:[/red]", escape(str(error)), highlight=False, soft_wrap=True)
            sys.exit(2)


app = typer.Typer(
    cls=Commands,
    help="See how a text prompt becomes a picture: every step of a diffusion model.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(serve)
app.command()(trace)
app.command()(compare)
app.command()(precompute)
app.command()(export)
app.command()(bench)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def main(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Print the version."),
) -> None:
    """See how a text prompt becomes a picture: every step of a diffusion model."""
    # Threads that spin while they wait take the cores from the browser; threads that sleep at once wake too late for
    # the next layer. With a short spin a trace takes 2.7 s instead of 4.6 s. torch reads these when it is imported.
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
        os.environ.setdefault("GOMP_SPINCOUNT", "20000")
