"""The judge: a small classifier that reads subject, scene and style off a picture.

It learns from the compositor's own renders only and never sees a generated picture while learning. It is no part of
the model, and not the CLIP that the denoiser was trained on.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from storybook.art import Art
from storybook.scenes import SCENES
from storybook.styles import STYLES
from storybook.training import Run, averaged_weights, mixed_precision

BATCH = 64
HEADS = ("subject", "scene", "style")


def unit(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


class Judge(nn.Module):
    """Pictures [n, 3, 128, 128] in −1…1 to logits of subject, scene and style."""

    def __init__(self, subjects: int, scenes: int, styles: int) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            unit(3, 24, 2),
            unit(24, 48, 2),
            unit(48, 48, 1),
            unit(48, 96, 2),
            unit(96, 96, 1),
            unit(96, 160, 2),
            unit(160, 160, 1),
        )
        width = 160 * 4 * 4 + 160
        self.heads = nn.ModuleList([nn.Linear(width, count) for count in (subjects, scenes, styles)])

    def forward(self, pictures: Tensor) -> list[Tensor]:
        features = self.trunk(pictures.contiguous(memory_format=torch.channels_last)).float()
        pooled = torch.cat([functional.avg_pool2d(features, 2).flatten(1), features.amax((2, 3))], 1)
        return [head(pooled) for head in self.heads]


def augmented(pictures: Tensor) -> Tensor:
    """Shifted by up to 6 pixels, a little blurred and noisy at random, as generated pictures are."""
    padded = functional.pad(pictures, (6, 6, 6, 6), mode="replicate")
    y, x = torch.randint(0, 13, (2,)).tolist()
    pictures = padded[..., y : y + 128, x : x + 128]
    if torch.rand(()) < 0.3:
        pictures = functional.interpolate(functional.avg_pool2d(pictures, 2), scale_factor=2, mode="bilinear")
    return pictures + 0.06 * torch.rand(()) * torch.randn_like(pictures)


def names_of(art: Art) -> dict[str, list[str]]:
    """What the judge can answer."""
    return {"subject": [s.name for s in art.subjects], "scene": list(SCENES), "style": list(STYLES)}


def labels(descriptions: list[dict], names: dict[str, list[str]]) -> Tensor:
    """int64 [n, 3]; −100 (ignored) where there is no subject."""
    index = {head: {name: k for k, name in enumerate(names[head])} for head in HEADS}
    return torch.tensor([[index[head].get(d[head], -100) for head in HEADS] for d in descriptions])


def train(pixels: np.ndarray, truth: Tensor, names: dict[str, list[str]], folder: Path, minutes: float) -> None:
    """Trains on uint8 [n, 128, 128, 3] and labels [n, 3]."""
    torch.manual_seed(3)
    judge = Judge(*(len(names[head]) for head in HEADS))
    with Run("judge", folder, judge, 2e-3, minutes, decay=0.98, weight_decay=2e-2, report_every=25) as run:
        for _ in run:
            chosen = torch.randint(0, len(pixels), (BATCH,)).sort().values.numpy()
            pictures = torch.from_numpy(pixels[chosen]).permute(0, 3, 1, 2).float().div(127.5).sub(1)
            with mixed_precision():
                answers = [answer.float() for answer in judge(augmented(pictures))]
            known = truth[chosen, 0] >= 0
            right = (answers[0].argmax(1) == truth[chosen, 0])[known].float().mean().item()
            run.update(judge_loss(answers, truth[chosen]), BATCH, subject=right)


def judge_loss(answers: list[Tensor], truth: Tensor) -> Tensor:
    """Cross entropies of the three heads, the subject's most of all."""
    subject, scene, style = (
        functional.cross_entropy(answer, truth[:, k], label_smoothing=0.05) for k, answer in enumerate(answers)
    )
    return subject + 0.4 * scene + 0.3 * style


def load(folder: Path, names: dict[str, list[str]]) -> Judge:
    return averaged_weights(folder / "judge.pt", Judge(*(len(names[head]) for head in HEADS))).eval()


@torch.no_grad()
def read(judge: Judge, pictures: Tensor, batch: int = 64) -> list[Tensor]:
    """Logits of subject [n, subjects], scene [n, scenes] and style [n, styles]."""
    parts = [judge(part) for part in pictures.split(batch)]
    return [torch.cat(column) for column in zip(*parts, strict=True)]


def score(judge: Judge, pictures: Tensor, truth: Tensor) -> dict[str, float]:
    """Shares of pictures read right: subject (first, among five), scene, style, all three."""
    subject, scene, style = read(judge, pictures)
    five = (subject.topk(5, 1).indices == truth[:, :1]).any(1)
    right = [logits.argmax(1) == truth[:, k] for k, logits in enumerate((subject, scene, style))]
    return {
        "subject_top1": right[0].float().mean().item(),
        "subject_top5": five.float().mean().item(),
        "scene": right[1].float().mean().item(),
        "style": right[2].float().mean().item(),
        "all_three": (right[0] & right[1] & right[2]).float().mean().item(),
    }
