from pathlib import Path

import numpy as np
import torch

from diffusion_explainer.tracing.clip import read_clip
from storybook import export
from storybook.clip import Clip


@torch.no_grad()
def test_the_product_reads_the_image_encoder_that_is_exported(tmp_path: Path) -> None:
    torch.manual_seed(0)
    clip, latents = Clip().eval(), torch.randn(2, 4, 16, 16)
    export.write_clip(clip, tmp_path / "clip")
    exported = read_clip(tmp_path, torch.device("cpu"))
    assert exported is not None
    assert np.allclose(exported.embed_images(latents.numpy()), clip.embed_images(latents), atol=1e-2)
