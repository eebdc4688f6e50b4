"""The denoiser: diffusers' UNet2DConditionModel on 4×16×16 latents, conditioned on the frozen text encoder.

It predicts the noise ε. The loss is weighted by min-SNR-γ (Hang et al. 2023, arXiv 2303.09556), timesteps are spread
evenly over a batch, and one caption in ten is empty, for classifier-free guidance (Ho & Salimans, arXiv 2207.12598).
"""

from pathlib import Path

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from diffusers.models.attention_processor import Attention
from torch import Tensor, nn
from torch.nn import functional
from transformers import CLIPTextModel

from storybook.training import Run, averaged_weights, mixed_precision, training_device, world_size

BATCH = {"cpu": 32, "cuda": 512}
"""Samples a step, over all processes."""
LEARNING_RATE = 8e-4
EMPTY_CAPTIONS = 0.1
"""The share of captions that are replaced by the empty one."""
GAMMA = 5.0
"""γ of min-SNR-γ."""
TIMESTEPS = 1000


def new_denoiser() -> UNet2DConditionModel:
    """12.7 M parameters; `sample_size` 16 makes 128×128 pixels the pipeline's default."""
    return UNet2DConditionModel(
        sample_size=16,
        in_channels=4,
        out_channels=4,
        layers_per_block=1,
        block_out_channels=(64, 128, 256),
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=192,
        attention_head_dim=(2, 4, 8),
        norm_num_groups=16,
    )


def new_scheduler() -> DDIMScheduler:
    """DDIM with Stable Diffusion's noise schedule."""
    return DDIMScheduler(
        num_train_timesteps=TIMESTEPS,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
        prediction_type="epsilon",
    )


class Float32Attention:
    """Attention in float32 under mixed precision: on a CPU, PyTorch's bfloat16 kernel is slower."""

    def __call__(
        self,
        attention: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
    ) -> Tensor:
        source = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        projected = (attention.to_q(hidden_states), attention.to_k(source), attention.to_v(source))
        query, key, value = (part.float().unflatten(-1, (attention.heads, -1)).transpose(1, 2) for part in projected)
        with torch.autocast("cpu", enabled=False):
            mixed = functional.scaled_dot_product_attention(query, key, value, attention_mask)
        return attention.to_out[0](mixed.transpose(1, 2).flatten(2))


def prepare_training(denoiser: UNet2DConditionModel) -> UNet2DConditionModel:
    """Compiles the denoiser on a GPU; on a CPU keeps attention and group norms in float32, which is faster there."""
    if torch.cuda.is_available():
        denoiser.compile()
        return denoiser
    denoiser.set_attn_processor(Float32Attention())
    for module in denoiser.modules():
        if isinstance(module, nn.GroupNorm):
            module.register_forward_pre_hook(lambda _, inputs: (inputs[0].float(),))
    return denoiser


def spread_timesteps(number: int, device: torch.device | None = None) -> Tensor:
    """One random timestep in each of `number` equal parts of the schedule, int64 [number], shuffled."""
    even = (torch.arange(number, device=device) + torch.rand(number, device=device)) * TIMESTEPS / number
    return even.long().clamp(max=TIMESTEPS - 1)[torch.randperm(number, device=device)]


def min_snr_weight(alphas_cumprod: Tensor, timesteps: Tensor) -> Tensor:
    """The weight [n] of ε's squared error at each timestep: min(SNR, γ) / SNR (Hang et al. 2023, section 3.4)."""
    snr = alphas_cumprod[timesteps] / (1 - alphas_cumprod[timesteps])
    return snr.clamp(max=GAMMA) / snr


def noise_loss(
    denoiser: UNet2DConditionModel, scheduler: DDIMScheduler, latents: Tensor, text: Tensor
) -> tuple[Tensor, Tensor]:
    """The weighted loss, and the unweighted mean squared error, on latents [n, 4, 16, 16] and `text` [n, 77, 192]."""
    timesteps = spread_timesteps(len(latents), latents.device)
    noise = torch.randn_like(latents)
    noisy = scheduler.add_noise(latents, noise, timesteps).contiguous(memory_format=torch.channels_last)
    with mixed_precision():
        predicted = denoiser(noisy, timesteps, text).sample
    error = (predicted.float() - noise).square().mean((1, 2, 3))
    weight = min_snr_weight(scheduler.alphas_cumprod.to(latents.device), timesteps)
    return (weight * error).mean(), error.mean().detach()


def train(
    latents: Tensor,
    ids: Tensor,
    empty: Tensor,
    text_encoder: CLIPTextModel,
    folder: Path,
    minutes: float,
    start: UNet2DConditionModel | None = None,
    weights: Tensor | None = None,
) -> None:
    """Trains on latents [n, 4, 16, 16], their captions' ids [n, captions, 77], and the empty caption's ids [77].

    `start` gives the initial weights; without it they are random. `weights` [n] are the relative frequencies with which
    latents are sampled (equal if not given).
    """
    weights = torch.ones(len(latents)) if weights is None else weights
    latents, ids, empty, weights = (part.to(training_device()) for part in (latents, ids, empty, weights))
    text_encoder = text_encoder.to(training_device())
    torch.manual_seed(2)
    batch = BATCH[training_device().type] // world_size()
    denoiser = prepare_training((start or new_denoiser()).to(memory_format=torch.channels_last))
    scheduler = new_scheduler()
    with Run("denoiser", folder, denoiser, LEARNING_RATE, minutes, warm_up=150, hold=0.7, decay=0.999) as run:
        for _ in run:
            chosen = torch.multinomial(weights, batch, replacement=True)
            captions = ids[chosen, torch.randint(ids.shape[1], (batch,), device=training_device())]
            captions[torch.rand(batch, device=training_device()) < EMPTY_CAPTIONS] = empty
            with torch.no_grad(), mixed_precision():
                text = text_encoder(captions).last_hidden_state
            loss, mse = noise_loss(denoiser, scheduler, latents[chosen], text)
            run.update(loss, batch, mse=mse)


def load(folder: Path) -> UNet2DConditionModel:
    """The denoiser of the training checkpoint in `folder`, in evaluation mode."""
    return averaged_weights(folder / "denoiser.pt", new_denoiser()).eval()
