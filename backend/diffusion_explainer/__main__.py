"""`python -m diffusion_explainer` is `diffusion-explainer`."""

from .cli import app

app()
