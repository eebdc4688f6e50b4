import sys

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from diffusion_explainer.analysis import projection
from diffusion_explainer.errors import InvalidRequest, NotInstalled


@pytest.fixture(scope="module")
def points() -> NDArray[np.float64]:
    random = np.random.default_rng(0)
    return np.concatenate([random.normal(size=(3, 40)), random.normal(size=(30, 40))])


def test_principal_components_are_those_of_scikit_learn(points: NDArray[np.float64]) -> None:
    own, others = points[3:], points[:3]
    reference = PCA(2, svd_solver="full").fit(own)
    found, placed = projection.pca(own, others)
    np.testing.assert_allclose(found.points, reference.transform(own), atol=1e-10)
    np.testing.assert_allclose(placed, reference.transform(others), atol=1e-10)
    assert found.explained_variance is not None
    np.testing.assert_allclose(found.explained_variance, reference.explained_variance_ratio_, rtol=1e-12)


def test_points_that_are_all_one_lie_in_one_place() -> None:
    found, _ = projection.pca(np.ones((4, 9)), np.ones((0, 9)))
    assert not found.points.any()
    assert found.explained_variance == (0, 0)


def test_umap_lays_the_same_points_out_the_same_way(points: NDArray[np.float64]) -> None:
    np.testing.assert_array_equal(projection.umap(points).points, projection.umap(points).points)


def test_umap_keeps_equal_points_together(points: NDArray[np.float64]) -> None:
    laid_out = projection.umap(np.concatenate([points, points[:1]])).points
    np.testing.assert_array_equal(laid_out[0], laid_out[-1])


def test_without_its_package_umap_says_what_to_install(
    points: NDArray[np.float64], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "umap", None)
    assert projection.available_methods() == ("pca",)
    with pytest.raises(NotInstalled, match=r"diffusion-explainer\[umap\]"):
        projection.umap(points)


def test_a_method_that_is_not_offered_is_named() -> None:
    with pytest.raises(InvalidRequest, match="method is 'tsne'; it must be one of pca, umap"):
        projection.checked_method("tsne")
