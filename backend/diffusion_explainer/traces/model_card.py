"""Which model made a trace: its parts, and the sizes that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Component:
    """One part of a model: its role in the pipeline, class and number of parameters."""

    role: str
    class_name: str
    parameters: int

    def to_wire(self) -> dict[str, Any]:
        return {"role": self.role, "class": self.class_name, "parameters": self.parameters}


@dataclass(frozen=True)
class ModelCard:
    """Which model made a trace, and the sizes that follow from it.

    `image_size` is (width, height) in pixels, `latent_shape` (C, h, w), `text_shape` (L, d).
    `latent_colours` [C + 1, 3] maps the C numbers of a latent cell and a constant 1 to red, green and
    blue in 0..1: a linear fit to the decoder, hence approximate.
    """

    name: str
    source: str
    fingerprint: str
    pipeline: str
    prediction_type: str
    image_size: tuple[int, int]
    latent_shape: tuple[int, int, int]
    text_shape: tuple[int, int]
    train_timesteps: int
    components: tuple[Component, ...]
    latent_colours: tuple[tuple[float, float, float], ...]

    def to_wire(self) -> dict[str, Any]:
        wire = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**wire, "components": [component.to_wire() for component in self.components]}

    @classmethod
    def from_wire(cls, wire: dict[str, Any]) -> ModelCard:
        components = tuple(Component(c["role"], c["class"], c["parameters"]) for c in wire["components"])
        colours = tuple(tuple(row) for row in wire["latent_colours"])
        shapes = {name: tuple(wire[name]) for name in ("image_size", "latent_shape", "text_shape")}
        return cls(**{**wire, **shapes, "components": components, "latent_colours": colours})
