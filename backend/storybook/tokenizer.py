"""CLIP's byte-pair tokenizer, real ids: 49,408 tokens, 77 slots.

Made from the vocabulary that the PyPI package open_clip_torch carries (MIT). Its file is read out of the wheel; the
package is never imported.
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


def byte_letters() -> list[str]:
    """The printable letter that stands for each of the 256 bytes, printable bytes first (as GPT-2 has it)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + n) for n in range(len(others))]


def fetch_merges(work: Path) -> list[str]:
    """The merge rules, best first, from the wheel (downloaded once)."""
    folder = work / "tokenizer"
    if not list(folder.glob("open_clip_torch*.whl")):
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--dest",
            str(folder),
            WHEEL,
        ]
        subprocess.run(command, check=True)
    with zipfile.ZipFile(next(folder.glob("open_clip_torch*.whl"))) as wheel:
        text = gzip.decompress(wheel.read(VOCABULARY)).decode()
    return text.split("\n")[1 : MERGES + 1]


def vocabulary(merges: list[str]) -> dict[str, int]:
    """Every token's id: bytes, bytes that end a word, merged pairs, start, end."""
    letters = byte_letters()
    tokens = letters + [f"{letter}</w>" for letter in letters] + ["".join(rule.split()) for rule in merges]
    return {token: number for number, token in enumerate([*tokens, "<|startoftext|>", "<|endoftext|>"])}


def build(work: Path) -> CLIPTokenizer:
    """The tokenizer, its two files kept in `work`."""
    folder = work / "tokenizer"
    folder.mkdir(parents=True, exist_ok=True)
    vocab, rules = folder / "vocab.json", folder / "merges.txt"
    if not rules.exists():
        merges = fetch_merges(work)
        vocab.write_text(json.dumps(vocabulary(merges), ensure_ascii=False))
        rules.write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
    return CLIPTokenizer(str(vocab), str(rules), model_max_length=SLOTS)


def encode(tokenizer: CLIPTokenizer, texts: list[str]) -> Tensor:
    """Ids, int64 [n, 77]: start, the words, end, then end again as padding."""
    encoded = tokenizer(texts, padding="max_length", max_length=SLOTS, truncation=True)
    return torch.tensor(encoded.input_ids)
