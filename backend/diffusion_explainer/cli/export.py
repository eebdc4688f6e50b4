"""`diffusion-explainer export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from diffusion_explainer import resources
from diffusion_explainer.engine.protocol import ModelStatus
from diffusion_explainer.gallery import static_site
from diffusion_explainer.gallery.index import Gallery
from diffusion_explainer.server.routes.model import server_card


def export(
    folder: Annotated[Path, typer.Argument(help="Where to write; an earlier export there is replaced.")],
    gallery: Annotated[str, typer.Option(help="The traces to include: a folder or any fsspec URL.")] = str(
        resources.gallery()
    ),
) -> None:
    """Writes the page and the gallery as plain files, for any web host: no server needed."""
    card = server_card(ModelStatus("replay", detail="These are stored runs; drawing new ones takes a server."))
    with Console(stderr=True).status("writing the site"):
        traces = static_site.export(Gallery(gallery), resources.page(), folder, card)
    typer.echo(f"{traces} traces in {folder}; to look: python -m http.server --directory {folder}")
