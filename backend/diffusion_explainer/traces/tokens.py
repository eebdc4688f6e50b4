"""The prompt as the model reads it: pieces of words in a fixed number of slots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .trace import Token, TokenKind

_END_OF_WORD = "</w>"


@dataclass(frozen=True)
class Prompt:
    """`tokens` fill every slot; `cut_tokens` and their text `truncated` did not fit."""

    tokens: tuple[Token, ...]
    cut_tokens: tuple[Token, ...]
    truncated: str


def read_prompt(tokenizer: Any, text: str) -> Prompt:
    """`text` in the slots of a CLIP tokenizer: start, the words' pieces, end, padding.

    A word here is CLIP's own: letters, digits and punctuation part company even without a space.
    """
    slots = tokenizer.model_max_length
    padded = tokenizer(text, padding="max_length", max_length=slots, truncation=True).input_ids
    pieces = tokenizer(text, add_special_tokens=False, truncation=False, verbose=False).input_ids
    words = _words(tokenizer, pieces)
    kept = min(len(pieces), slots - 2)
    tokens = [Token(0, padded[0], _piece(tokenizer, padded[0]), None, None, "start")]
    tokens += [Token(1 + k, pieces[k], *words[k], "text") for k in range(kept)]
    for slot in range(1 + kept, slots):
        kind: TokenKind = "end" if slot == 1 + kept else "padding"
        tokens.append(Token(slot, padded[slot], _piece(tokenizer, padded[slot]), None, None, kind))
    cut = [Token(None, pieces[k], *words[k], "cut") for k in range(kept, len(pieces))]
    return Prompt(tuple(tokens), tuple(cut), tokenizer.decode(pieces[kept:]).strip())


def _words(tokenizer: Any, pieces: list[int]) -> list[tuple[str, str, int]]:
    """(piece, the word it belongs to, which word of the prompt that is) for every piece."""
    groups: list[list[int]] = [[]]
    for piece in pieces:
        groups[-1].append(piece)
        if tokenizer.convert_ids_to_tokens(piece).endswith(_END_OF_WORD):
            groups.append([])
    return [
        (_piece(tokenizer, piece), tokenizer.decode(group).strip(), index)
        for index, group in enumerate(groups)
        for piece in group
    ]


def _piece(tokenizer: Any, token: int) -> str:
    text: str = tokenizer.decode([token]).strip()
    return text or str(tokenizer.convert_ids_to_tokens(token))
