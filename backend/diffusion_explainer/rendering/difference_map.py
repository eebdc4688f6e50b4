"""Sizes of a difference as colors: pale where there is none, dark plum where it is largest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_COLORS = np.array([[250, 249, 246], [244, 214, 160], [226, 130, 70], [150, 45, 90], [58, 14, 70]], np.float64)
_POWER = 0.6  # so that small differences show


def difference_map(sizes: NDArray[np.float32], largest: float) -> Image.Image:
    """Sizes [h, w] as a picture of h × w pixels; the scale ends at `largest`."""
    place = np.clip(sizes / (largest or 1), 0, 1) ** _POWER * (len(_COLORS) - 1)
    stops = np.arange(len(_COLORS))
    channels = [np.interp(place, stops, _COLORS[:, channel]) for channel in range(3)]
    return Image.fromarray(np.stack(channels, axis=-1).round().astype(np.uint8))
