"""Points of many dimensions laid out in two, by PCA or UMAP. Approximate by nature, deterministic always."""

from __future__ import annotations

import importlib.util
import warnings
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from diffusion_explainer.errors import InvalidRequest, NotInstalled

Points: TypeAlias = NDArray[np.float64]
Method: TypeAlias = Literal["pca", "umap"]

METHODS: tuple[Method, ...] = get_args(Method)
UMAP_SEED = 0
UMAP_PARAMETERS = {"n_neighbors": 15, "min_dist": 0.1}
_UMAP_PACKAGE = "umap-learn"


@dataclass(frozen=True, eq=False)
class Projection:
    """`points` [n, 2]; `explained_variance`: shares of x and y in all variance, None where there is no such thing."""

    points: Points
    explained_variance: tuple[float, float] | None = None


def available_methods() -> tuple[Method, ...]:
    """Those that are installed: UMAP is an extra."""
    return tuple(method for method in METHODS if method == "pca" or importlib.util.find_spec("umap"))


def checked_method(name: str) -> Method:
    """The method of that name; InvalidRequest for another."""
    for method in METHODS:
        if method == name:
            return method
    raise InvalidRequest("method", name, f"must be one of {', '.join(METHODS)}", METHODS[0])


def pca(points: Points, others: Points) -> tuple[Projection, Points]:
    """Principal components of `points` [n, d], and `others` [m, d] put onto the same plane, [m, 2].

    Signs are those of scikit-learn: the largest weight of each axis is positive.
    """
    mean = points.mean(axis=0)
    _, singular_values, axes = np.linalg.svd(points - mean, full_matrices=False)
    largest = np.abs(axes).argmax(axis=1)
    axes = axes * np.sign(axes[np.arange(len(axes)), largest])[:, None]
    variances = singular_values**2
    x, y = (variances[:2] / (variances.sum() or 1)).tolist()
    return Projection((points - mean) @ axes[:2].T, (x, y)), (others - mean) @ axes[:2].T


def umap(points: Points) -> Projection:
    """UMAP (McInnes et al. 2018, arXiv 1802.03426) of `points` [n, d], from one seed; equal points stay equal.

    Raises NotInstalled without umap-learn.
    """
    if "umap" not in available_methods():
        raise NotInstalled(_UMAP_PACKAGE, "umap")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its parts, about each other
        import umap as umap_learn

        layout: Any = umap_learn.UMAP(
            n_components=2,
            random_state=UMAP_SEED,
            n_jobs=1,
            n_neighbors=min(UMAP_PARAMETERS["n_neighbors"], len(points) - 1),
            min_dist=UMAP_PARAMETERS["min_dist"],
            unique=True,  # runs from one noise start from one point
        )
        return Projection(np.asarray(layout.fit_transform(points), dtype=np.float64))
