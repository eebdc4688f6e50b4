"""CLIP's byte-pair tokenizer with its original ids: 49,408 tokens, 77 slots.

Built from the merge rules in the wheel of the PyPI package open_clip_torch (MIT), which is not installed.
"""

import gzip
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import torch
from torch import Tensor
from transformers import CLIPTokenizer

WHEEL = "open_clip_torch==3.3.0"
VOCABULARY = "open_clip/bpe_simple_vocab_16e6.txt.gz"
MERGES = 49152 - 256 - 2
SLOTS = 77
START, END = 49406, 49407


def byte_characters() -> list[str]:
    """The printable character for each of the 256 bytes, printable bytes first, as in GPT-2's vocabulary."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + n) for n in range(len(others))]


def fetch_merges(work: Path) -> list[str]:
    """The merge rules, highest priority first, from the wheel, which pip downloads once.

    Raises subprocess.CalledProcessError if pip cannot.
    """
    folder = work / "tokenizer"
    if not list(folder.glob("open_clip_torch*.whl")):
        download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), WHEEL]
        subprocess.run(download, check=True)
    with zipfile.ZipFile(next(folder.glob("open_clip_torch*.whl"))) as wheel:
        text = gzip.decompress(wheel.read(VOCABULARY)).decode()
    return text.split("\n")[1 : MERGES + 1]


def vocabulary(merges: list[str]) -> dict[str, int]:
    """Every token's id: bytes, bytes at the end of a word, merged pairs, start, end."""
    characters = byte_characters()
    tokens = characters + [f"{character}</w>" for character in characters] + ["".join(rule.split()) for rule in merges]
    return {token: number for number, token in enumerate([*tokens, "<|startoftext|>", "<|endoftext|>"])}


def build(work: Path) -> CLIPTokenizer:
    """The tokenizer; its two files are cached in the folder `work`."""
    folder = work / "tokenizer"
    folder.mkdir(parents=True, exist_ok=True)
    vocab, rules = folder / "vocab.json", folder / "merges.txt"
    if not rules.exists():
        merges = fetch_merges(work)
        vocab.write_text(json.dumps(vocabulary(merges), ensure_ascii=False))
        rules.write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
    return CLIPTokenizer(str(vocab), str(rules), model_max_length=SLOTS)


def encode(tokenizer: CLIPTokenizer, texts: list[str]) -> Tensor:
    """Token ids, int64 [n, 77]: start, the text (cut to 75 tokens), end, and end again as padding."""
    encoded = tokenizer(texts, padding="max_length", max_length=SLOTS, truncation=True)
    return torch.tensor(encoded.input_ids)
