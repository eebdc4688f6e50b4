"""The settings of a run in words."""

from __future__ import annotations

from typing import Any

from diffusion_explainer.traces.trace import Trace

_SETTINGS = ("prompt", "negative_prompt", "seed", "guidance_scale", "steps", "scheduler")


def label(setting: str, value: Any) -> str:
    """A setting and its value; a prompt speaks for itself."""
    if setting == "prompt":
        return str(value)
    number = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{setting.replace('_', ' ')} {number or 'none'}"


def shared_settings(trace: Trace, *varied: str) -> str:
    """What all runs share that differ in the settings `varied`."""
    values = {name: getattr(trace.request, name) for name in _SETTINGS if name not in varied}
    labels = [label(name, value) for name, value in values.items() if value != ""]
    return " · ".join([*labels, f"drawn by {trace.model.name}"])
