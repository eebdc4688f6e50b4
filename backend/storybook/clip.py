"""A small CLIP: a text tower and a picture tower that learn to meet (Radford et al. 2021).

The text tower is transformers' CLIPTextModel; its 77 hidden states are what the denoiser reads. The picture tower looks
at latents, so that it can also judge a half-finished picture without decoding it.
"""

import math
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import CLIPTextConfig, CLIPTextModel

from storybook.tokenizer import END, SLOTS, START
from storybook.training import Run, averaged_weights, device, mixed_precision, processes

WIDTH = 192
SHARED = 128
BATCH = {"cpu": 192, "cuda": 1024}
"""Pairs a step, over all processes."""
READ_SLOTS = 26
UNSEEN = 512


def new_text_tower() -> CLIPTextModel:
    """3 layers, 192 wide, 6 heads."""
    config = CLIPTextConfig(
        vocab_size=START + 2,
        hidden_size=WIDTH,
        intermediate_size=512,
        num_hidden_layers=3,
        num_attention_heads=6,
        max_position_embeddings=SLOTS,
        projection_dim=SHARED,
        bos_token_id=START,
        eos_token_id=END,
        pad_token_id=END,
    )
    return CLIPTextModel(config)


def stage(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    """Two convolutions, the first shrinking by `stride`."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1),
        nn.GroupNorm(8, outputs),
        nn.SiLU(),
        nn.Conv2d(outputs, outputs, 3, 1, 1),
        nn.GroupNorm(8, outputs),
        nn.SiLU(),
    )


class PictureTower(nn.Sequential):
    """Latents [n, 4, 16, 16] to picture embeddings [n, 128] (not normalised)."""

    def __init__(self) -> None:
        super().__init__(
            nn.Conv2d(4, 64, 3, 1, 1),
            stage(64, 64, 1),
            stage(64, 128, 2),
            stage(128, 192, 2),
            nn.Flatten(),
            nn.Linear(192 * 16, SHARED),
        )


class Clip(nn.Module):
    """Both towers and the temperature."""

    def __init__(self) -> None:
        super().__init__()
        self.text_tower = new_text_tower()
        self.picture_tower = PictureTower()
        self.text_projection = nn.Linear(WIDTH, SHARED, bias=False)
        self.temperature = nn.Parameter(torch.tensor(math.log(14.0)))

    def embed_texts(self, ids: Tensor) -> Tensor:
        """Ids [n, 77] to unit vectors [n, 128], read at the first end token."""
        ids = ids[:, :READ_SLOTS]
        hidden = self.text_tower(ids).last_hidden_state
        end = (ids == END).float().argmax(1)
        return functional.normalize(
            self.text_projection(hidden[torch.arange(len(ids), device=ids.device), end]).float(), dim=1
        )

    def embed_pictures(self, latents: Tensor) -> Tensor:
        """Latents [n, 4, 16, 16] to unit vectors [n, 128]."""
        return functional.normalize(self.picture_tower(latents).float(), dim=1)

    def loss(self, latents: Tensor, ids: Tensor) -> Tensor:
        """Each picture finds its text among the batch's, each text its picture."""
        with mixed_precision():
            pictures, texts = self.embed_pictures(latents), self.embed_texts(ids)
        similarity = self.temperature.exp().clamp(max=100) * pictures @ texts.T
        own = torch.arange(len(latents), device=latents.device)
        return (functional.cross_entropy(similarity, own) + functional.cross_entropy(similarity.T, own)) / 2


@torch.no_grad()
def retrieval(clip: Clip, latents: Tensor, ids: Tensor) -> tuple[float, float]:
    """How often a picture's own caption is the most similar of all, and among the five most similar."""
    texts = torch.cat([clip.embed_texts(part) for part in ids.split(128)])
    order = (clip.embed_pictures(latents) @ texts.T).topk(5, 1).indices
    hit = order == torch.arange(len(latents), device=latents.device)[:, None]
    return hit[:, 0].float().mean().item(), hit.any(1).float().mean().item()


def train(latents: Tensor, ids: Tensor, folder: Path, minutes: float, start: Clip | None = None) -> None:
    """Trains on latents [n, 4, 16, 16] and their captions' ids [n, captions, 77]; the last 512 stay unseen.

    `start` is a pair of towers to begin with instead of random weights.
    """
    torch.manual_seed(1)
    clip = start or Clip()
    latents, ids = latents.to(device()), ids.to(device())
    seen, batch = len(latents) - UNSEEN, BATCH[device().type] // processes()
    with Run("clip", folder, clip, 1.2e-3, minutes, warm_up=40, weight_decay=1e-3, decay=0.98, report_every=20) as run:
        for step in run:
            chosen, wording = (torch.randint(number, (batch,), device=device()) for number in (seen, ids.shape[1]))
            pictures = latents[chosen]
            noisy = pictures + 0.05 * torch.randn_like(pictures)
            run.update(clip.loss(noisy, ids[chosen, wording]), batch)
            if step % 100 == 99:
                run.figures["top1"], run.figures["top5"] = retrieval(clip, latents[seen:], ids[seen:, 0])


def load(folder: Path) -> Clip:
    """The trained CLIP, in evaluation mode, frozen."""
    return averaged_weights(folder / "clip.pt", Clip()).eval().requires_grad_(False)
