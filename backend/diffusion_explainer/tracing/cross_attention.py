"""Watches the cross-attention layers of a UNet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from diffusion_explainer.traces import attention


class AttentionMaps(Protocol):
    """Where a Capture finds the attention of the step that it records."""

    @property
    def layers(self) -> Sequence[attention.AttentionLayer]:
        """Those whose mean the maps are."""

    def watching(self) -> AbstractContextManager[None]:
        """While the pipeline draws."""

    def take(self, latent_shape: tuple[int, int]) -> Sequence[NDArray[np.float16] | None]:
        """The maps [L, h, w] of each prompt since the last call."""


class CrossAttention:
    """Records the inputs of the cross-attention layers and computes their attention maps.

    The layers keep their fused kernels, which do not return the probabilities: the maps are computed a
    second time from the same inputs, on their device, and leave it together.
    """

    def __init__(self, unet: Any) -> None:
        self.layers: list[attention.AttentionLayer] = []
        self._maps: list[torch.Tensor] = []  # [prompts, L, cells] of each layer
        self._modules = [module for name, module in unet.named_modules() if name.endswith("attn2")]

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Records while inside."""
        self.layers, self._maps = [], []
        hooks = [module.register_forward_pre_hook(self._see, with_kwargs=True) for module in self._modules]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def take(self, latent_shape: tuple[int, int]) -> list[NDArray[np.float16]]:
        """The maps [L, h, w] of each prompt since the last call: the mean of all layers and heads."""
        copied = torch.cat(self._maps, dim=-1).cpu().numpy()
        ends = np.cumsum([layer.cells for layer in self.layers])[:-1]
        self.layers, self._maps = [], []
        return [attention.merged(np.split(prompt, ends, axis=-1), latent_shape).astype(np.float16) for prompt in copied]

    def _see(self, layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        hidden = (args[0] if args else kwargs["hidden_states"]).chunk(2)[1]
        text = kwargs["encoder_hidden_states"].chunk(2)[1]
        query, key = layer.to_q(hidden), layer.to_k(text)
        scores = layer.get_attention_scores(layer.head_to_batch_dim(query), layer.head_to_batch_dim(key))
        heads = scores.reshape(len(hidden), layer.heads, *scores.shape[1:])  # [prompts, heads, cells, L]
        self.layers.append(attention.AttentionLayer(scores.shape[1], layer.heads, query.shape[-1] // layer.heads))
        self._maps.append(heads.detach().float().mean(dim=1).transpose(1, 2))
