"""The prompt as the model's tokens: pieces of words in a fixed number of slots."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from .trace import Token, TokenKind


@dataclass(frozen=True)
class Prompt:
    """`tokens` fill every slot; `cut_tokens` and their text `truncated` did not fit."""

    tokens: tuple[Token, ...]
    cut_tokens: tuple[Token, ...]
    truncated: str


def read_prompt(tokenizer: Any, text: str) -> Prompt:
    """`text` in the slots of a CLIP tokenizer: start, the words' pieces, end, padding.

    Words are those of the tokenizer: letters, digits and punctuation are separate words even without a space.
    """
    slots = tokenizer.model_max_length
    padded = tokenizer(text, padding="max_length", max_length=slots, truncation=True).input_ids
    pieces = _pieces(tokenizer, text)
    kept, cut = pieces[: slots - 2], pieces[slots - 2 :]
    tokens = [_special(tokenizer, padded, 0, "start")]
    tokens += [Token(slot, kind="text", **piece) for slot, piece in enumerate(kept, 1)]
    for slot in range(len(tokens), slots):
        tokens.append(_special(tokenizer, padded, slot, "end" if slot == 1 + len(kept) else "padding"))
    truncated = tokenizer.decode([piece["id"] for piece in cut]).strip()
    return Prompt(tuple(tokens), tuple(Token(None, kind="cut", **piece) for piece in cut), truncated)


def _pieces(tokenizer: Any, text: str) -> list[dict[str, Any]]:
    """Each piece of `text` with its word and its characters, as the fields of a Token."""
    encoded = tokenizer(text, add_special_tokens=False, truncation=False, return_offsets_mapping=True, verbose=False)
    ids, offsets, word_ids = encoded.input_ids, encoded.offset_mapping, encoded.word_ids()
    words: dict[int, str] = {
        word: tokenizer.decode([ids[k] for k in group]).strip()
        for word, group in groupby(range(len(ids)), key=word_ids.__getitem__)
    }
    return [
        {
            "id": ids[k],
            "text": _text(tokenizer, ids[k]),
            "word": words[word_ids[k]],
            "word_index": word_ids[k],
            "start": offsets[k][0],
            "end": offsets[k][1],
        }
        for k in range(len(ids))
    ]


def _special(tokenizer: Any, padded: list[int], slot: int, kind: TokenKind) -> Token:
    return Token(slot, padded[slot], _text(tokenizer, padded[slot]), None, None, kind)


def _text(tokenizer: Any, token: int) -> str:
    text: str = tokenizer.decode([token]).strip()
    return text or str(tokenizer.convert_ids_to_tokens(token))
