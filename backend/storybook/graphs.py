"""The model's parts as ONNX graphs without weights, for ONNX Runtime in a browser.

Each tensor is float16 at its place in the `.safetensors` files of the diffusers folder (external data: file, offset,
length), and cast to float32 as the graph is loaded. Shapes, for B samples:

    text_encoder    token_embeddings [B, 77, 192] -> text_embedding [B, 77, 192]
    unet            latent [B, 4, 16, 16], timestep int64 [B], text_embedding [B, 77, 192]
                    -> noise [B, 4, 16, 16], attention [B, 77, 16, 16]: the mean of all layers and heads
    decoder         latent [B, 4, 16, 16], variance-preserving -> pixels [B, 3, 128, 128] from -1 to 1
    image_encoder   latent [B, 4, 16, 16], variance-preserving -> embedding [B, 128], of any length

The token table stays outside: who runs the text encoder reads the rows of its tokens.
"""

import json
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import TensorProto, helper
from torch import Tensor, nn

from storybook.export import STORED_IMAGE_ENCODER

_OPSET = 18
_FEW = 128  # numbers that a constant of the graph may have: more would be weights that no file has


@dataclass(frozen=True)
class Part:
    """A graph to be: `prefixes` turns a parameter's name in `module` into its name in the `file`."""

    name: str
    module: nn.Module
    inputs: dict[str, Tensor]
    outputs: Sequence[str]
    file: str
    prefixes: dict[str, str]


class TextEncoder(nn.Module):
    """CLIP's text encoder from the rows of its token table on."""

    def __init__(self, text_encoder: Any) -> None:
        super().__init__()
        self.text_model = getattr(text_encoder, "text_model", text_encoder)

    def forward(self, token_embeddings: Tensor) -> Tensor:
        hidden = self.text_model.embeddings(inputs_embeds=token_embeddings)
        slots = hidden.shape[1]
        later = torch.full((slots, slots), float("-inf")).triu(1)[None, None]  # a slot sees none behind it
        for layer in self.text_model.encoder.layers:
            output = layer(hidden, attention_mask=later)
            hidden = output[0] if isinstance(output, tuple) else output
        return self.text_model.final_layer_norm(hidden)


class Attention:
    """Cross-attention whose softmax is written out, and kept: [B, cells, slots], the mean of the heads."""

    def __init__(self) -> None:
        self.maps: list[Tensor] = []

    def __call__(self, attn: Any, hidden_states: Tensor, encoder_hidden_states: Tensor, **ignored: Any) -> Tensor:
        def heads(projected: Tensor) -> Tensor:
            return projected.unflatten(-1, (attn.heads, -1)).transpose(1, 2)

        query = heads(attn.to_q(hidden_states))
        key, value = heads(attn.to_k(encoder_hidden_states)), heads(attn.to_v(encoder_hidden_states))
        shares = (query @ key.transpose(-1, -2) * attn.scale).softmax(-1)
        self.maps.append(shares.mean(1))
        return attn.to_out[0]((shares @ value).transpose(1, 2).flatten(2))


class UNet(nn.Module):
    """The UNet that returns its attention maps, enlarged to the latent's cells, too."""

    def __init__(self, unet: Any, attention: Attention) -> None:
        super().__init__()
        self.unet, self.attention = unet, attention

    def forward(self, latent: Tensor, timestep: Tensor, text_embedding: Tensor) -> tuple[Tensor, Tensor]:
        self.attention.maps.clear()
        (noise,) = self.unet(latent, timestep, encoder_hidden_states=text_embedding, return_dict=False)
        maps = [_enlarged(shares, latent.shape[-1]) for shares in self.attention.maps]
        return noise, torch.stack(maps).mean(0)


class Decoder(nn.Module):
    """The autoencoder's second half."""

    def __init__(self, vae: Any) -> None:
        super().__init__()
        self.vae = vae

    def forward(self, latent: Tensor) -> Tensor:
        return self.vae.decode(latent, return_dict=False)[0]


def write_graphs(pipeline: Any, image_encoder: nn.Module, folder: Path, target: Path) -> None:
    """Writes the four graphs of the pipeline and CLIP's image encoder that `folder` has the weights of to `target`.

    Raises ValueError for a weight that the folder's files have not.
    """
    target.mkdir(parents=True, exist_ok=True)
    with _attention_of(pipeline.unet) as attention:
        for part in _parts(pipeline, image_encoder, attention):
            (target / f"{part.name}.onnx").write_bytes(graph_of(part, folder).SerializeToString())


def graph_of(part: Part, folder: Path) -> Any:
    """The part as an ONNX model whose weights lie in `folder`. Raises ValueError for one that does not."""
    with torch.no_grad():
        program: Any = torch.onnx.export(
            part.module.eval(),
            tuple(part.inputs.values()),
            dynamo=True,
            opset_version=_OPSET,
            optimize=False,  # which keeps the parameters' names and shapes
            dynamic_shapes=tuple({0: torch.export.Dim.DYNAMIC} for _ in part.inputs),
            input_names=list(part.inputs),
            output_names=list(part.outputs),
            verbose=False,
        )
    model = program.model_proto
    _take_weights_out(model.graph, part, folder)
    _strip(model)
    return model


def _parts(pipeline: Any, image_encoder: nn.Module, attention: Attention) -> Iterator[Part]:
    config = pipeline.unet.config
    latent = torch.randn(2, config.in_channels, config.sample_size, config.sample_size)
    text = torch.randn(2, pipeline.tokenizer.model_max_length, config.cross_attention_dim)
    weights = "diffusion_pytorch_model.safetensors"
    yield Part(
        "text_encoder",
        TextEncoder(pipeline.text_encoder),
        {"token_embeddings": text},
        ["text_embedding"],
        "text_encoder/model.safetensors",
        {"text_model.": ""},
    )
    yield Part(
        "unet",
        UNet(pipeline.unet, attention),
        {"latent": latent, "timestep": torch.tensor([981, 1]), "text_embedding": text},
        ["noise", "attention"],
        f"unet/{weights}",
        {"unet.": ""},
    )
    yield Part("decoder", Decoder(pipeline.vae), {"latent": latent}, ["pixels"], f"vae/{weights}", {"vae.": ""})
    prefixes = {"": f"{STORED_IMAGE_ENCODER}."}
    yield Part("image_encoder", image_encoder, {"latent": latent}, ["embedding"], "clip/model.safetensors", prefixes)


@contextmanager
def _attention_of(unet: Any) -> Iterator[Attention]:
    attention, before = Attention(), dict(unet.attn_processors)
    watched = {name: attention if "attn2" in name else processor for name, processor in before.items()}
    unet.set_attn_processor(watched)
    try:
        yield attention
    finally:
        unet.set_attn_processor(before)


def _enlarged(shares: Tensor, side: int) -> Tensor:
    """[B, cells, slots] as maps [B, slots, side, side]."""
    cells = math.isqrt(shares.shape[1])
    maps = shares.transpose(1, 2).unflatten(2, (cells, cells))
    return maps.repeat_interleave(side // cells, 2).repeat_interleave(side // cells, 3)


def _take_weights_out(graph: Any, part: Part, folder: Path) -> None:
    start, tensors = _header(folder / part.file)
    kept, casts = [], []
    for weight in graph.initializer:
        stored = _stored_name(weight.name, part.prefixes, tensors)
        if stored is None:
            if math.prod(weight.dims) > _FEW and not weight.name.startswith("val_"):
                raise ValueError(f"{part.file} has no tensor {weight.name} {list(weight.dims)}")
            kept.append(weight)
            continue
        kept.append(_outside(f"{weight.name}.half", part.file, start, tensors[stored]))
        casts.append(helper.make_node("Cast", [f"{weight.name}.half"], [weight.name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)


def _header(file: Path) -> tuple[int, dict[str, Any]]:
    """Where the tensors of a safetensors file begin, and the dtype, shape and place of each from there."""
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        return 8 + length, json.loads(stream.read(length))


def _stored_name(name: str, prefixes: dict[str, str], tensors: dict[str, Any]) -> str | None:
    names = (stored + name[len(own) :] for own, stored in prefixes.items() if name.startswith(own))
    return next((stored for stored in names if stored in tensors), None)


def _outside(name: str, file: str, start: int, tensor: dict[str, Any]) -> Any:
    begin, end = tensor["data_offsets"]
    proto = TensorProto(
        name=name, data_type=TensorProto.FLOAT16, dims=tensor["shape"], data_location=TensorProto.EXTERNAL
    )
    for key, value in (("location", file), ("offset", start + begin), ("length", end - begin)):
        proto.external_data.add(key=key, value=str(value))
    return proto


def _strip(model: onnx.ModelProto) -> None:
    """Without what only the exporter wants to know: thirty times smaller."""
    graph = model.graph
    for named in (*graph.node, *graph.input, *graph.output, *graph.initializer):
        named.doc_string = ""
        del named.metadata_props[:]
    del graph.value_info[:], graph.metadata_props[:], model.metadata_props[:], model.functions[:]
