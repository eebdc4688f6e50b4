"""HTML that stands alone: the look of reports and of runs in a notebook, with pictures inside and nothing fetched.

A fragment brings its own paper, so that it reads the same in light and dark notebooks.
"""

from __future__ import annotations

import base64
import html
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from diffusion_explainer.traces.trace import Token

_DIFFERENCE = np.array([[250, 249, 246], [244, 214, 160], [226, 130, 70], [150, 45, 90], [58, 14, 70]], np.float64)
_POWER = 0.6  # so that small differences show

_STYLE = """
.dx{color-scheme:light;box-sizing:border-box;max-width:1160px;padding:20px 24px;border-radius:16px;
border:1px solid light-dark(#E3E0D8,#343944);background:light-dark(#fff,#1D2027);color:var(--ink);
font:13px/18px Inter,system-ui,sans-serif;text-align:left;
--ink:light-dark(#1C1B19,#ECE9E2);--soft:light-dark(#5C5A55,#A8A69F);
--line:light-dark(#E3E0D8,#343944);--sunken:light-dark(#F3F1EC,#262A33);--image:light-dark(#00735C,#4CC7A4);
--noise:light-dark(#565D69,#A9B1BD);--text:light-dark(#8A3A7E,#E39BD6);--text-soft:light-dark(#F6EAF4,#3A2637);
--a:light-dark(#1F5FA8,#7FB4F0);--a-soft:light-dark(#E6EFFA,#1B2E47);
--b:light-dark(#B04A00,#F59A52);--b-soft:light-dark(#FCEEE2,#432A17);--paper:light-dark(#FAF9F6,#14161B)}
.dx *{box-sizing:border-box}.dx h2{font:650 20px/26px Inter,system-ui,sans-serif;margin:0 0 4px}
.dx h3{font:600 13px/18px Inter,system-ui,sans-serif;margin:16px 0 4px}.dx h3 small{font-weight:400;margin-left:6px}
.dx p{margin:4px 0}.dx p,.dx small,.dx figcaption{color:var(--soft)}.dx small,.dx figcaption{font-size:12px}
.dx figure{margin:0}.dx img{display:block;border-radius:4px}.dx svg{display:block;overflow:visible}
.dx .cells{image-rendering:pixelated;box-shadow:0 0 0 1px var(--line)}.dx b{font-weight:600;color:var(--ink)}
.dx .scroll{overflow-x:auto;padding-bottom:4px}
.dx .prompt{font-size:18px;line-height:26px;color:var(--ink);margin:0}
.dx mark{border-radius:6px;padding:1px 4px;font-weight:550;color:var(--text);background:var(--text-soft)}
.dx .a{color:var(--a);background:var(--a-soft);box-shadow:inset 0 -2px var(--a)}
.dx .b{color:var(--b);background:var(--b-soft);box-shadow:inset 0 -2px var(--b)}
.dx .letter{display:inline-block;flex:none;width:24px;height:24px;font:700 13px/24px Inter,system-ui,sans-serif;
text-align:center;color:light-dark(#fff,#14161B);box-shadow:none;padding:0}
.dx .letter.a{background:var(--a);border-radius:50%}.dx .letter.b{background:var(--b);border-radius:5px}
.dx .token{display:inline-block;margin:0 4px 4px 0;padding:1px 6px;border-radius:4px;color:var(--text);
background:var(--text-soft)}.dx .cut{text-decoration:line-through;opacity:.7}
.dx table{border-collapse:collapse;font:inherit;margin:0;border:0;background:none}
.dx tr{background:none!important}
.dx :is(td,th){border:0;text-align:left;vertical-align:middle;font-weight:400;padding:4px 16px 4px 0}
.dx thead th{color:var(--soft)}.dx tbody tr{border-top:1px solid var(--line)}
.dx s{color:var(--text);background:var(--text-soft);border-radius:4px;padding:1px 4px}
.dx .scale{display:inline-block;width:104px;height:8px;margin-right:8px;border-radius:4px;
box-shadow:0 0 0 1px var(--line);background:linear-gradient(90deg,#FAF9F6,#F4D6A0,#E28246,#962D5A,#3A0E46)}
.dx .row{display:flex;flex-wrap:wrap;gap:20px 28px}.dx .grow{flex:1;min-width:0}
"""


def fragment(content: str) -> str:
    """A part of a page, with its look."""
    return f'<style>{_STYLE}</style><div class="dx">{content}</div>'


def page(title: str, content: str) -> str:
    """A whole document, light or dark as its reader's system is."""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<style>{_STYLE}:root{{color-scheme:light dark}}body{{margin:0;padding:32px 16px;"
        "background:light-dark(#FAF9F6,#14161B)}.dx{color-scheme:inherit;margin:0 auto}"
        f'</style><body><div class="dx">{content}</div></body></html>'
    )


def picture(content: Image.Image, title: str, edge: int, kind: str = "") -> str:
    """A picture at that edge; `kind`: "cells" for one that is drawn cell by cell, without loss."""
    buffer = io.BytesIO()
    if kind == "cells":
        content.save(buffer, "PNG")
    else:
        content.resize((2 * edge, 2 * edge), Image.Resampling.LANCZOS).save(buffer, "WEBP", quality=80)
    return encoded(buffer.getvalue(), "png" if kind == "cells" else "webp", title, edge, kind)


def encoded(content: bytes, suffix: str, title: str, edge: int, kind: str = "") -> str:
    """A picture that is encoded already."""
    data, said = base64.b64encode(content).decode(), html.escape(title)
    return (
        f'<img class="{kind}" src="data:image/{suffix};base64,{data}" width="{edge}" height="{edge}" '
        f'alt="{said}" title="{said}">'
    )


def difference(sizes: NDArray[np.float32], largest: float) -> Image.Image:
    """Sizes of a difference [h, w] as colours, paper to plum at `largest`."""
    place = np.clip(sizes / (largest or 1), 0, 1) ** _POWER * (len(_DIFFERENCE) - 1)
    stops = np.arange(len(_DIFFERENCE))
    channels = [np.interp(place, stops, _DIFFERENCE[:, channel]) for channel in range(3)]
    return Image.fromarray(np.stack(channels, axis=-1).round().astype(np.uint8))


def token(one: Token) -> str:
    """A piece of the prompt as the model reads it."""
    cut = " cut" if one.kind == "cut" else ""
    return f'<span class="token{cut}" title="token {one.id}">{html.escape(one.text)}</span>'
