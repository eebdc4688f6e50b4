"""A classifier of subject, scene and style, with which the evaluation measures prompt adherence.

Trained on the compositor's renders only, never on generated pictures. It is not part of the model, and independent of
the CLIP that the denoiser was trained on.
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
from storybook.training import Run, averaged_weights, mixed_precision, training_device

BATCH = {"cpu": 64, "cuda": 256}
HEADS = ("subject", "scene", "style")
IGNORED = -100
"""The label that cross entropy leaves out: PyTorch's `ignore_index`."""


def conv_block(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


class Classifier(nn.Module):
    """Pictures [n, 3, 128, 128] in −1…1 to logits of subject, scene and style."""

    def __init__(self, subjects: int, scenes: int, styles: int) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            conv_block(3, 24, 2),
            conv_block(24, 48, 2),
            conv_block(48, 48, 1),
            conv_block(48, 96, 2),
            conv_block(96, 96, 1),
            conv_block(96, 160, 2),
            conv_block(160, 160, 1),
        )
        width = 160 * 4 * 4 + 160
        self.heads = nn.ModuleList([nn.Linear(width, count) for count in (subjects, scenes, styles)])

    def forward(self, pictures: Tensor) -> list[Tensor]:
        features = self.trunk(pictures.contiguous(memory_format=torch.channels_last)).float()
        pooled = torch.cat([functional.avg_pool2d(features, 2).flatten(1), features.amax((2, 3))], 1)
        return [head(pooled) for head in self.heads]


def augment(pictures: Tensor) -> Tensor:
    """Shifts by up to 6 pixels, adds noise, and blurs at random: generated pictures are soft and noisy too."""
    padded = functional.pad(pictures, (6, 6, 6, 6), mode="replicate")
    y, x = torch.randint(0, 13, (2,)).tolist()
    pictures = padded[..., y : y + 128, x : x + 128]
    if torch.rand(()) < 0.3:
        pictures = functional.interpolate(functional.avg_pool2d(pictures, 2), scale_factor=2, mode="bilinear")
    return pictures + 0.06 * torch.rand(()) * torch.randn_like(pictures)


def class_names(art: Art) -> dict[str, list[str]]:
    """The names of each head's classes, in the order of its logits."""
    return {"subject": [s.name for s in art.subjects], "scene": list(SCENES), "style": list(STYLES)}


def labels(descriptions: list[dict], names: dict[str, list[str]]) -> Tensor:
    """Class numbers, int64 [n, 3]; `IGNORED` where there is no subject."""
    index = {head: {name: k for k, name in enumerate(names[head])} for head in HEADS}
    return torch.tensor([[index[head].get(d[head], IGNORED) for head in HEADS] for d in descriptions])


def new_classifier(names: dict[str, list[str]]) -> Classifier:
    return Classifier(*(len(names[head]) for head in HEADS))


def classification_loss(logits: list[Tensor], truth: Tensor) -> Tensor:
    """The weighted sum of the three heads' cross entropies, subject first."""
    subject, scene, style = (
        functional.cross_entropy(head, truth[:, k], label_smoothing=0.05) for k, head in enumerate(logits)
    )
    return subject + 0.4 * scene + 0.3 * style


def train(pixels: Tensor, truth: Tensor, names: dict[str, list[str]], folder: Path, minutes: float) -> None:
    """Trains on renders, uint8 [n, 128, 128, 3], and their labels [n, 3]; writes `classifier.pt` to `folder`."""
    torch.manual_seed(3)
    truth, batch = truth.to(pixels.device), BATCH[training_device().type]
    classifier = new_classifier(names)
    with Run("classifier", folder, classifier, 2e-3, minutes, decay=0.98, weight_decay=2e-2, report_every=25) as run:
        for _ in run:
            chosen = torch.randint(len(pixels), (batch,), device=pixels.device)
            pictures = to_pictures(pixels[chosen])
            with mixed_precision():
                logits = [head.float() for head in classifier(augment(pictures))]
            has_subject = truth[chosen, 0] != IGNORED
            correct = (logits[0].argmax(1) == truth[chosen, 0])[has_subject].float().mean()
            run.update(classification_loss(logits, truth[chosen]), batch, subject=correct)


def load(folder: Path, names: dict[str, list[str]]) -> Classifier:
    """The classifier of the training checkpoint in `folder`, in evaluation mode."""
    return averaged_weights(folder / "classifier.pt", new_classifier(names)).eval()


def write(classifier: Classifier, names: dict[str, list[str]], path: Path) -> None:
    """Writes the weights as float16, with the class names as metadata."""
    state = classifier.state_dict()
    weights = {name: value.half() if value.is_floating_point() else value for name, value in state.items()}
    save_file(weights, path, {head: json.dumps(names[head]) for head in HEADS})
    path.chmod(0o644)


def read(path: Path) -> tuple[Classifier, dict[str, list[str]]]:
    """The classifier that `write` stored, in evaluation mode, and its class names."""
    with safe_open(path, "pt") as stored:
        names = {head: json.loads(stored.metadata()[head]) for head in HEADS}
        weights = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    classifier = new_classifier(names)
    classifier.load_state_dict(weights)
    return classifier.eval(), names


@torch.no_grad()
def predict(classifier: Classifier, pictures: Tensor, batch: int = 64) -> list[Tensor]:
    """Logits of subject [n, subjects], scene [n, scenes] and style [n, styles]."""
    parts = [classifier(part) for part in pictures.split(batch)]
    return [torch.cat(head) for head in zip(*parts, strict=True)]


def accuracy(classifier: Classifier, pictures: Tensor, truth: Tensor) -> dict[str, float]:
    """Shares (0…1) of pictures classified correctly: subject (top 1, top 5), scene, style, and all three at once."""
    subject, scene, style = predict(classifier, pictures)
    top5 = (subject.topk(5, 1).indices == truth[:, :1]).any(1)
    correct = [logits.argmax(1) == truth[:, k] for k, logits in enumerate((subject, scene, style))]
    return {
        "subject_top1": correct[0].float().mean().item(),
        "subject_top5": top5.float().mean().item(),
        "scene": correct[1].float().mean().item(),
        "style": correct[2].float().mean().item(),
        "all_three": (correct[0] & correct[1] & correct[2]).float().mean().item(),
    }
