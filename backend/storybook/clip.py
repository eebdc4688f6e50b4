"""A small CLIP: a text encoder and an image encoder trained to agree (Radford et al. 2021, arXiv 2103.00020).

The text encoder is transformers' CLIPTextModel; its 77 hidden states condition the denoiser. The image encoder takes
latents, so unfinished pictures can be compared with a prompt without decoding them.
"""

import math
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import CLIPTextConfig, CLIPTextModel

from storybook.tokenizer import END, SLOTS, START
from storybook.training import Run, averaged_weights, mixed_precision, training_device, world_size

TEXT_WIDTH = 192
SHARED_WIDTH = 128
BATCH = {"cpu": 192, "cuda": 1024}
"""Pairs a step, over all processes."""
TRAINED_SLOTS = 26
"""Captions are cut to this many tokens in training, which saves time; all are shorter."""
VALIDATION_PAIRS = 512


def new_text_encoder() -> CLIPTextModel:
    """3 layers, 192 wide, 6 heads."""
    config = CLIPTextConfig(
        vocab_size=START + 2,
        hidden_size=TEXT_WIDTH,
        intermediate_size=512,
        num_hidden_layers=3,
        num_attention_heads=6,
        max_position_embeddings=SLOTS,
        projection_dim=SHARED_WIDTH,
        bos_token_id=START,
        eos_token_id=END,
        pad_token_id=END,
    )
    return CLIPTextModel(config)


def stage(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    """Two convolutions, the first with `stride`."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1),
        nn.GroupNorm(8, outputs),
        nn.SiLU(),
        nn.Conv2d(outputs, outputs, 3, 1, 1),
        nn.GroupNorm(8, outputs),
        nn.SiLU(),
    )


def new_image_encoder() -> nn.Sequential:
    """Latents [n, 4, 16, 16] to image embeddings [n, 128] (not normalised)."""
    return nn.Sequential(
        nn.Conv2d(4, 64, 3, 1, 1),
        stage(64, 64, 1),
        stage(64, 128, 2),
        stage(128, 192, 2),
        nn.Flatten(),
        nn.Linear(192 * 16, SHARED_WIDTH),
    )


class Clip(nn.Module):
    """Both encoders, the projection of the text, and the temperature (as a logarithm)."""

    def __init__(self) -> None:
        super().__init__()
        self.text_encoder = new_text_encoder()
        self.image_encoder = new_image_encoder()
        self.text_projection = nn.Linear(TEXT_WIDTH, SHARED_WIDTH, bias=False)
        self.temperature = nn.Parameter(torch.tensor(math.log(14.0)))

    def embed_texts(self, ids: Tensor) -> Tensor:
        """Token ids [n, 77] to unit vectors [n, 128], pooled at the first end token."""
        ids = ids[:, :TRAINED_SLOTS]
        hidden = self.text_encoder(ids).last_hidden_state
        end = (ids == END).float().argmax(1)
        pooled = hidden[torch.arange(len(ids), device=ids.device), end]
        return functional.normalize(self.text_projection(pooled).float(), dim=1)

    def embed_images(self, latents: Tensor) -> Tensor:
        """Latents [n, 4, 16, 16] to unit vectors [n, 128]."""
        return functional.normalize(self.image_encoder(latents).float(), dim=1)

    def loss(self, latents: Tensor, ids: Tensor) -> Tensor:
        """The symmetric contrastive loss over a batch of n pairs (Radford et al. 2021, figure 3)."""
        with mixed_precision():
            images, texts = self.embed_images(latents), self.embed_texts(ids)
        similarity = self.temperature.exp().clamp(max=100) * images @ texts.T
        own = torch.arange(len(latents), device=latents.device)
        return (functional.cross_entropy(similarity, own) + functional.cross_entropy(similarity.T, own)) / 2


@torch.no_grad()
def retrieval(clip: Clip, latents: Tensor, ids: Tensor) -> tuple[float, float]:
    """How often (0…1) a picture's own caption is the most similar of all, and among the five most similar."""
    texts = torch.cat([clip.embed_texts(part) for part in ids.split(128)])
    order = (clip.embed_images(latents) @ texts.T).topk(5, 1).indices
    hit = order == torch.arange(len(latents), device=latents.device)[:, None]
    return hit[:, 0].float().mean().item(), hit.any(1).float().mean().item()


def train(latents: Tensor, ids: Tensor, folder: Path, minutes: float, start: Clip | None = None) -> None:
    """Trains on latents [n, 4, 16, 16] and their captions' ids [n, captions, 77]; the last 512 are for validation.

    `start` gives the initial weights; without it they are random.
    """
    torch.manual_seed(1)
    clip = start or Clip()
    latents, ids = latents.to(training_device()), ids.to(training_device())
    trained, batch = len(latents) - VALIDATION_PAIRS, BATCH[training_device().type] // world_size()
    with Run("clip", folder, clip, 1.2e-3, minutes, warm_up=40, weight_decay=1e-3, decay=0.98, report_every=20) as run:
        for step in run:
            chosen, wording = (
                torch.randint(count, (batch,), device=training_device()) for count in (trained, ids.shape[1])
            )
            pictures = latents[chosen]
            noisy = pictures + 0.05 * torch.randn_like(pictures)
            run.update(clip.loss(noisy, ids[chosen, wording]), batch)
            if step % 100 == 99:
                run.metrics["top1"], run.metrics["top5"] = retrieval(clip, latents[trained:], ids[trained:, 0])


def load(folder: Path) -> Clip:
    """The CLIP of the training checkpoint in `folder`, in evaluation mode, frozen."""
    return averaged_weights(folder / "clip.pt", Clip()).eval().requires_grad_(False)
