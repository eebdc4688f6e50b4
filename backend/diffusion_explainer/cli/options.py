"""The server's settings as command-line options."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer
from pydantic.fields import FieldInfo

from diffusion_explainer.settings import PREFIX, Settings, option

_FIELDS = Settings.model_fields

# Options of other commands that are settings too; without a value, Settings takes the environment's or the default.
Engine = Annotated[str | None, typer.Option(help=_FIELDS["engine"].description, show_default="local")]
RayAddress = Annotated[str | None, typer.Option(help=_FIELDS["ray_address"].description, show_default="auto")]
RayGpus = Annotated[str | None, typer.Option(help="GPUs of a task; 0 runs on the CPU.", show_default="0")]
RayCpus = Annotated[str | None, typer.Option(help="CPU cores of a task.", show_default="1")]


def with_settings(command: Callable[[Settings], None]) -> Callable[..., None]:
    """Gives a command that takes Settings one option for each setting."""

    def run(**given: Any) -> None:
        command(Settings.read(**given))

    parameters = [_parameter(name, field) for name, field in Settings.model_fields.items()]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    return run


def _parameter(name: str, field: FieldInfo) -> inspect.Parameter:
    """Values go to Settings as text, which validates them as it does the environment's."""
    flag = field.annotation is bool
    shown = "" if field.default_factory else f" [default: {field.default}]"
    default = typer.Option(
        None,
        f"{option(name)}/--no-{option(name)[2:]}" if flag else option(name),
        help=f"{field.description} [env: {PREFIX}{name.upper()}]{shown}".replace("[", r"\["),
        show_default=False,
        metavar=None if flag else name.upper(),
    )
    kind = bool | None if flag else str | None
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
