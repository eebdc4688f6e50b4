"""The judge: a small classifier that reads subject, scene and style off a picture.

It learns from the compositor's own renders only and never sees a generated picture while learning. It is no part of
the model, and not the CLIP that the denoiser was trained on.
"""

import json
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from storybook.art import Art
from storybook.autoencoder import to_pictures
from storybook.scenes import SCENES
from storybook.styles import STYLES
from storybook.training import Run, averaged_weights, device, mixed_precision

BATCH = {"cpu": 64, "cuda": 256}
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


def train(pixels: Tensor, truth: Tensor, names: dict[str, list[str]], folder: Path, minutes: float) -> None:
    """Trains on uint8 [n, 128, 128, 3] and labels [n, 3]."""
    torch.manual_seed(3)
    truth, batch = truth.to(pixels.device), BATCH[device().type]
    judge = new_judge(names)
    with Run("judge", folder, judge, 2e-3, minutes, decay=0.98, weight_decay=2e-2, report_every=25) as run:
        for _ in run:
            chosen = torch.randint(len(pixels), (batch,), device=pixels.device)
            pictures = to_pictures(pixels[chosen])
            with mixed_precision():
                answers = [answer.float() for answer in judge(augmented(pictures))]
            known = truth[chosen, 0] >= 0
            right = (answers[0].argmax(1) == truth[chosen, 0])[known].float().mean()
            run.update(judge_loss(answers, truth[chosen]), batch, subject=right)


def judge_loss(answers: list[Tensor], truth: Tensor) -> Tensor:
    """Cross entropies of the three heads, the subject's most of all."""
    subject, scene, style = (
        functional.cross_entropy(answer, truth[:, k], label_smoothing=0.05) for k, answer in enumerate(answers)
    )
    return subject + 0.4 * scene + 0.3 * style


def new_judge(names: dict[str, list[str]]) -> Judge:
    return Judge(*(len(names[head]) for head in HEADS))


def load(folder: Path, names: dict[str, list[str]]) -> Judge:
    """The trained judge, in evaluation mode."""
    return averaged_weights(folder / "judge.pt", new_judge(names)).eval()


def write(judge: Judge, names: dict[str, list[str]], path: Path) -> None:
    """Writes the judge, float16, with the names of its answers, so that everybody measures with the same one."""
    weights = {name: value.half() if value.is_floating_point() else value for name, value in judge.state_dict().items()}
    save_file(weights, path, {head: json.dumps(names[head]) for head in HEADS})
    path.chmod(0o644)


def open_judge(path: Path) -> tuple[Judge, dict[str, list[str]]]:
    """The judge in a file, in evaluation mode, and the names of its answers."""
    with safe_open(path, "pt") as stored:
        names = {head: json.loads(stored.metadata()[head]) for head in HEADS}
        weights = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    judge = new_judge(names)
    judge.load_state_dict(weights)
    return judge.eval(), names


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
