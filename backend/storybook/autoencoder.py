"""The autoencoder: 128×128 pictures to 4×16×16 latents and back (diffusers' AutoencoderTiny, the class of TAESD).

Its blocks are at the low resolutions, none at the full one, where two convolutions cost as much as all the rest. While
training, the encoder's output is normalised by a running mean and standard deviation of each channel; afterwards they
are folded into the encoder's last layer, so that `scaling_factor` is 1. Trained on crops, it works on any size. The
decoder can be fine-tuned alone later: the latents, and so CLIP and denoiser, stay valid.
"""

from pathlib import Path

import torch
from diffusers import AutoencoderTiny
from torch import Tensor, nn
from torch.nn import functional

from storybook.training import Run, averaged_weights, mean_over_processes, mixed_precision, training_device, world_size

SIDE, CROP = 128, 64
CELL = 8
"""Pixels of the picture for each element of the latent, along a side."""
BATCH = {"cpu": 16, "cuda": 128}
"""Crops a step, over all processes."""


def new_autoencoder() -> AutoencoderTiny:
    """2.0 M parameters; latents are 8 times smaller along each side. The decoder is narrower: tracing runs it alone."""
    return AutoencoderTiny(
        encoder_block_out_channels=(64, 64, 64, 64),
        decoder_block_out_channels=(48, 48, 48, 48),
        num_encoder_blocks=(0, 2, 3, 4),
        num_decoder_blocks=(8, 5, 1, 0),
        scaling_factor=1.0,
    )


class RunningNorm(nn.Module):
    """Batch normalisation by running statistics, in training too: those of one small batch are too noisy."""

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int, momentum: float = 0.02) -> None:
        super().__init__()
        self.momentum = momentum
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    @property
    def deviation(self) -> Tensor:
        return (self.running_var + 1e-5).sqrt()

    def forward(self, latents: Tensor) -> Tensor:
        if self.training:
            with torch.no_grad():
                variance, mean = mean_over_processes(torch.stack(torch.var_mean(latents, (0, 2, 3))))
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(variance, self.momentum)
        return (latents - self.running_mean.view(1, -1, 1, 1)) / self.deviation.view(1, -1, 1, 1)

    def reset(self) -> None:
        """Makes this layer the identity."""
        self.running_mean.zero_()
        self.running_var.fill_(1 - 1e-5)


class NormalisedAutoencoder(nn.Module):
    """The autoencoder with normalised latents, as it is trained."""

    def __init__(self, start: AutoencoderTiny | None = None) -> None:
        super().__init__()
        self.autoencoder = (start or new_autoencoder()).to(memory_format=torch.channels_last)
        self.normalise = RunningNorm(4)

    def encode(self, pictures: Tensor) -> Tensor:
        """Pictures [n, 3, y, x] in −1…1 to latents [n, 4, y/8, x/8] of mean 0 and standard deviation 1."""
        return self.normalise(self.autoencoder.encoder(pictures).float())

    def decode(self, latents: Tensor, noise: float = 0.0) -> Tensor:
        """Latents, with noise of standard deviation `noise` added, to pictures."""
        return self.autoencoder.decoder(latents + noise * torch.randn_like(latents))

    def forward(self, pictures: Tensor) -> Tensor:
        return self.decode(self.encode(pictures))

    def folded(self) -> AutoencoderTiny:
        """The autoencoder with the normalisation folded into its encoder's last layer."""
        mean, deviation = self.normalise.running_mean, self.normalise.deviation
        last = self.autoencoder.encoder.layers[-1]
        with torch.no_grad():
            last.weight.div_(deviation[:, None, None, None])
            last.bias.sub_(mean).div_(deviation)
        self.normalise.reset()
        return self.autoencoder.eval()


def to_pictures(pixels: Tensor) -> Tensor:
    """uint8 [n, y, x, 3] to float [n, 3, y, x] in −1…1, channels last."""
    return pixels.permute(0, 3, 1, 2).float().div(127.5).sub(1)


def window(corner: Tensor, side: int) -> Tensor:
    """The `side` positions from each corner on: [n] to [n, side]."""
    return corner[:, None] + torch.arange(side, device=corner.device)


def random_corners(number: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """The top left corners of crops, y and x [number], in cells of the latent's grid."""
    cells = torch.randint((SIDE - CROP) // CELL + 1, (2, number), device=device)
    return cells[0], cells[1]


def crops(pixels: Tensor, index: Tensor, y: Tensor, x: Tensor) -> Tensor:
    """Crops [n, 3, 64, 64] of the pictures `index` [n], with their corners at the cells `y`, `x` [n]."""
    rows, columns = window(CELL * y, CROP)[:, :, None], window(CELL * x, CROP)[:, None]
    return to_pictures(pixels[index[:, None, None], rows, columns])


def latent_crops(latents: Tensor, index: Tensor, y: Tensor, x: Tensor) -> Tensor:
    """The parts [n, 4, 8, 8] of the latents that belong to those crops."""
    rows, columns = window(y, CROP // CELL)[:, :, None], window(x, CROP // CELL)[:, None]
    return latents[index[:, None, None], :, rows, columns].permute(0, 3, 1, 2)


def gradients(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Differences of neighbouring pixels, vertical and horizontal."""
    return pictures[..., 1:, :] - pictures[..., :-1, :], pictures[..., :, 1:] - pictures[..., :, :-1]


def reconstruction_loss(output: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """MSE + 0.1 L1 + 0.25 MSE of the gradients, and the MSE alone."""
    mse = functional.mse_loss(output, target)
    edges = sum(functional.mse_loss(a, b) for a, b in zip(gradients(output), gradients(target), strict=True))
    return mse + 0.1 * functional.l1_loss(output, target) + 0.25 * edges, mse.detach()


def psnr(output: Tensor, target: Tensor) -> float:
    """Peak signal-to-noise ratio in dB of pictures in −1…1, over all of them."""
    return -10 * torch.log10(functional.mse_loss((output.clamp(-1, 1) + 1) / 2, (target + 1) / 2)).item()


def decibels(mse: Tensor) -> Tensor:
    """PSNR of a mean squared error of pictures in −1…1."""
    return -10 * torch.log10(mse / 4)


def train(pixels: Tensor, folder: Path, minutes: float, start: AutoencoderTiny | None = None) -> None:
    """Trains on `pixels`, uint8 [n, 128, 128, 3]. `start` gives the initial weights; without it they are random."""
    torch.manual_seed(0)
    model = NormalisedAutoencoder(start)
    number = BATCH[training_device().type] // world_size()
    with Run("autoencoder", folder, model, 1.2e-3, minutes, warm_up=150, floor=0.02, weight_decay=0) as run:
        for _ in run:
            chosen = torch.randint(len(pixels), (number,), device=pixels.device)
            batch = crops(pixels, chosen, *random_corners(number, pixels.device))
            with mixed_precision():
                latents = model.encode(batch)
                output = model.decode(latents, noise=0.04)
            loss, mse = reconstruction_loss(output.float(), batch)
            run.update(loss + 5e-4 * latents.square().mean(), number, mse=mse, psnr=decibels(mse))


def train_decoder(pixels: Tensor, latents: Tensor, folder: Path, minutes: float) -> None:
    """Fine-tunes the decoder alone on uint8 `pixels` [n, 128, 128, 3] and their latents [n, 4, 16, 16]."""
    decoder: nn.Module = load(folder).decoder
    number = BATCH[training_device().type] // world_size()
    with Run("decoder", folder, decoder, 8e-4, minutes, floor=0.02, decay=0.995, weight_decay=0) as run:
        for _ in run:
            chosen = torch.randint(len(pixels), (number,), device=pixels.device)
            corners = random_corners(number, pixels.device)
            target, parts = crops(pixels, chosen, *corners), latent_crops(latents, chosen, *corners)
            noisy = (parts + 0.04 * torch.randn_like(parts)).contiguous(memory_format=torch.channels_last)
            with mixed_precision():
                output = decoder(noisy)
            loss, mse = reconstruction_loss(output.float(), target)
            run.update(loss, number, mse=mse, psnr=decibels(mse))


def load(folder: Path) -> AutoencoderTiny:
    """The trained autoencoder in evaluation mode, with the fine-tuned decoder if there is one."""
    model = averaged_weights(folder / "autoencoder.pt", NormalisedAutoencoder()).folded()
    if (folder / "decoder.pt").exists():
        averaged_weights(folder / "decoder.pt", model.decoder)
    return model


@torch.no_grad()
def reconstruct(autoencoder: AutoencoderTiny, pixels: Tensor, batch: int = 50) -> tuple[Tensor, float]:
    """The reconstructions [n, 3, y, x] of uint8 `pixels` [n, y, x, 3], and their PSNR in dB."""
    target = to_pictures(pixels).to(autoencoder.device)
    parts = [autoencoder.decode(autoencoder.encode(x).latents).sample for x in target.split(batch)]
    output = torch.cat(parts)
    return output, psnr(output, target)
