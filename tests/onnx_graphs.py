"""The shipped graphs in native ONNX Runtime."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from diffusion_explainer import resources

Array = NDArray[np.float32]


def read_graph(folder: Path, name: str) -> Any:
    """A graph without its weights."""
    return onnx.load(folder / f"{name}.onnx", load_external_data=False)


def run(name: str, **inputs: Any) -> list[Array]:
    """The outputs of a shipped graph."""
    outputs: list[Array] = _session(name).run(None, {key: np.asarray(value) for key, value in inputs.items()})
    return outputs


@functools.cache
def _session(name: str) -> Any:
    model = read_graph(resources.graphs(), name)
    onnx.load_external_data_for_model(model, str(resources.storybook()))
    return onnxruntime.InferenceSession(model.SerializeToString())
