"""The command line's commands and how they fail."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from typer.core import TyperCommand, TyperGroup

from diffusion_explainer.errors import DiffusionExplainerError
from diffusion_explainer.version import __version__

COMMANDS = {
    "serve": "Serves the page and the API.",
    "trace": "Draws one prompt and stores every step as a bundle.",
    "compare": "Draws two prompts from the same noise and reports what the words changed, and when.",
    "precompute": "Makes a gallery.",
    "export": "Writes the page and the gallery as plain files, for any web host: no server needed.",
    "bench": "Times what one reader waits for, and eight at once; and what watching costs.",
}


class Commands(TyperGroup):
    """Each command is a function of its module, which is imported when the command is called.

    Errors of this package are one line on stderr and exit status 2; others keep their traceback.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """In the order in which they are met."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, name: str) -> Any:
        """Its name and what it does, for the list of commands."""
        return TyperCommand(name, help=COMMANDS[name]) if name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command itself, to be called."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, name and _loaded(name), rest

    def invoke(self, ctx: Any) -> Any:
        """Runs the command that was named."""
        try:
            return super().invoke(ctx)
        except DiffusionExplainerError as error:
            Console(stderr=True).print("[red]Error:[/red]", escape(str(error)), highlight=False, soft_wrap=True)
            sys.exit(2)


def _loaded(name: str) -> Any:
    command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    command.command(name)(getattr(importlib.import_module(f".{name}", __package__), name))
    return typer.main.get_command(command)


app = typer.Typer(
    cls=Commands,
    help="See how a text prompt becomes a picture: every step of a diffusion model.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


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
