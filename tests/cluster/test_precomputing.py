"""`precompute --engine ray`: the workers share a gallery's batches."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import yaml

from diffusion_explainer.gallery.build import precompute
from diffusion_explainer.gallery.index import read_index
from diffusion_explainer.gallery.spec import GallerySpec
from diffusion_explainer.storage.bundle_store import BundleStore
from diffusion_explainer.tracing.models import Model

LIST = {
    "settings": {"seed": [1, 2, 3], "guidance_scale": [1, 7], "steps": 2},
    "pairs": [{"title": "animals", "a": "a fox in the snow", "b": "an owl in the snow"}],
}


def test_a_gallery_made_by_the_cluster_is_that_of_one_computer(
    cluster: str, store: BundleStore, storybook: Model, tmp_path: Path
) -> None:
    gallery_list = tmp_path / "list.yaml"
    gallery_list.write_text(yaml.safe_dump(LIST))
    options = ["--all", "--engine=ray", f"--ray-address={cluster}", "--store=s3://traces/gallery"]
    command = [sys.executable, "-m", "diffusion_explainer", "precompute", str(gallery_list), *options]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    here, there = BundleStore(tmp_path / "gallery"), BundleStore("s3://traces/gallery")
    assert precompute(GallerySpec.read(gallery_list), storybook, here, everything=True) == []
    assert read_index(there) == read_index(here)
    assert there.ids() == here.ids()
    for trace_id in here.ids():
        made_here, made_there = here.open(trace_id).latents, there.open(trace_id).latents
        np.testing.assert_allclose(made_here, made_there, rtol=2e-3, atol=2e-3)  # stored in half precision
