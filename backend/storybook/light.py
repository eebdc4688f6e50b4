"""The kinds of light that a composed scene can be shown in."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Light:
    """A light's name, the phrases that ask for it, and the filter that applies it."""

    name: str
    phrases: tuple[str, ...]
    apply: Callable[[Image.Image], Image.Image]


def row_heights(image: Image.Image) -> np.ndarray:
    """Each row's relative height, 0 at the top to 1 at the bottom, float32 [y, 1, 1]."""
    return np.linspace(0, 1, image.height, dtype=np.float32)[:, None, None]


def sunset(image: Image.Image) -> Image.Image:
    """An orange glow at the top, violet at the bottom."""
    tones, down = np.asarray(image, np.float32), row_heights(image)
    glow = np.array([255, 150, 60], np.float32) * (1 - down) + np.array([150, 80, 150], np.float32) * down
    return Image.fromarray((tones * 0.62 + 0.38 * glow * (0.45 + 0.55 * tones / 255)).clip(0, 255).astype(np.uint8))


def fog(image: Image.Image) -> Image.Image:
    """Pale fog, densest at the top."""
    density = 0.72 - 0.3 * row_heights(image)
    tones = np.asarray(image, np.float32)
    return Image.fromarray((tones * (1 - density) + 228 * density).astype(np.uint8))


def spotlight(image: Image.Image) -> Image.Image:
    """A bright circle in the middle, dark around it."""
    across = np.linspace(-1, 1, image.width, dtype=np.float32)
    distance = np.sqrt(across[:, None] ** 2 + across[None] ** 2)[..., None]
    strength = 1.12 - 0.95 * ((distance - 0.45) / 0.4).clip(0, 1)
    return Image.fromarray((np.asarray(image, np.float32) * strength).clip(0, 255).astype(np.uint8))


LIGHTS = {
    light.name: light
    for light in (
        Light("sunset", ("at sunset", "in the evening light", "in golden light"), sunset),
        Light("fog", ("in the fog", "in thick fog", "in the mist"), fog),
        Light("spotlight", ("in a spotlight", "in dramatic light", "with dramatic lighting"), spotlight),
    )
}
