"""What Python computes, for the tests of the page's engine: `python tests/page_fixtures.py` writes it there."""

from __future__ import annotations

import hashlib
import json
import random
import unicodedata
from pathlib import Path
from typing import Any, get_args

from transformers import AutoTokenizer

from diffusion_explainer import resources
from diffusion_explainer.requests.request import Guidance, SchedulerName, TraceRequest
from diffusion_explainer.traces.tokens import read_prompt

FINGERPRINT = "0123456789abcdef"
FOLDER = Path(__file__).parents[1] / "frontend/src/engine/fixtures"

_PROMPTS = 1000
_REQUESTS = 200
_ODD: tuple[str, ...] = (
    "",
    " ",
    "a",
    "a cute Rabbit",
    "<|endoftext|>",
    "a<|startoftext|> b",
    "<|ENDOFTEXT|>!",
    "it's we'll I'D '",
    "ΟΔΟΣ Σ",
    "İstanbul",
    "e\u0301te\u0301",
    "ẛ\u0323",
    "👨\u200d👩\u200d👧 x",
    "ｆｕｌｌ１２",
    "x\x1cy\x85z\ufeff!\ufeff!",
    "한국어 \u1112\u1161\u11ab",
    "1234 ...!!",
    "a " * 80,
    "supercalifragilistic " * 12,
    "🎨" * 40,
    "\u2028\t\n a \u3000b",
    "q\u0323\u0307 q\u0307\u0323",
    "ﬁ ǅ ß ẞ",
)
_PIECES = (
    "cat",
    "Red FOX",
    "'s",
    " ",
    "  ",
    "\n",
    "e\u0301",
    "🦊",
    "ﬀ",
    "３",
    "١",
    "!?",
    "<|endoftext|>",
    "각",
    "\u200d",
    "İ",
    "Σ",
)


def prompts() -> list[str]:
    """The same at every call: odd ones by hand, mixtures of odd pieces, and any assigned characters."""
    chosen = random.Random(0)
    assigned = [chr(code) for code in range(1, 0x20000) if unicodedata.category(chr(code)) not in ("Cn", "Cs", "Co")]
    made = list(_ODD)
    while len(made) < _PROMPTS:
        kind = _PIECES if len(made) % 2 else assigned
        made.append("".join(chosen.choices(kind, k=chosen.randint(1, 9))))
    return made


def prompt_digests() -> list[tuple[str, str]]:
    """Each prompt with the digest of its tokens, as they stand in a trace."""
    tokenizer = AutoTokenizer.from_pretrained(resources.storybook() / "tokenizer")
    return [(prompt, _digest(wire_tokens(tokenizer, prompt))) for prompt in prompts()]


def wire_tokens(tokenizer: Any, prompt: str) -> dict[str, Any]:
    """The tokens of a prompt as a trace names them."""
    read = read_prompt(tokenizer, prompt)
    return {
        "tokens": [token.to_wire() for token in read.tokens],
        "cut_tokens": [token.to_wire() for token in read.cut_tokens],
        "truncated": read.truncated,
    }


def request_ids() -> list[tuple[dict[str, Any], str]]:
    """Requests of every kind, branches that change nothing included, each with the id of its trace."""
    chosen = random.Random(1)
    requests = [_request(chosen) for _ in range(_REQUESTS)]
    return [(request, TraceRequest.checked(**request).id_for(FINGERPRINT)) for request in requests]


def _request(chosen: random.Random) -> dict[str, Any]:
    whole = {**_guidance(chosen), "seed": chosen.choice((0, 3, 2**32 - 1, chosen.randrange(2**32)))}
    whole |= {"steps": chosen.randint(1, 150), "scheduler": chosen.choice(get_args(SchedulerName))}
    steps = sorted(chosen.sample(range(1, 150), chosen.choice((0, 0, 0, 1, 2))))
    others = [chosen.choice((_guidance(chosen), {name: whole[name] for name in Guidance.model_fields})) for _ in steps]
    return {**whole, "branched_from": [{**other, "step": step} for other, step in zip(others, steps, strict=True)]}


def _guidance(chosen: random.Random) -> dict[str, Any]:
    prompt = "".join(chosen.choices((*_PIECES, '"', "\\", "\x07", "\x7f", "\u2028"), k=chosen.randint(1, 4)))
    scales = (0, 1, 7, 7.5, 0.1, 1e-5, 3.3e-12, 0.0001, 50, round(chosen.random() * 20, 2), chosen.random() * 20)
    negative = chosen.choice(("", "", "blurry"))
    return {"prompt": f"a{prompt}", "negative_prompt": negative, "guidance_scale": chosen.choice(scales)}


def _digest(wire: Any) -> str:
    text = json.dumps(wire, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, content in fixtures().items():
        (FOLDER / name).write_text(content, "utf-8")


def fixtures() -> dict[str, str]:
    """What each file holds, by its name."""
    return {"prompts.json": _rows(prompt_digests()), "requests.json": _rows(request_ids())}


def _rows(rows: list[Any]) -> str:
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    return f"[\n{lines}\n]\n"


if __name__ == "__main__":
    main()
