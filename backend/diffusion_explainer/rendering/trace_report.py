"""A run as HTML that stands alone: pictures inside, nothing fetched, fit to be mailed."""

from __future__ import annotations

import base64
import html
import io

from diffusion_explainer.storage.png_metadata import imprinted
from diffusion_explainer.traces.sprites import SpriteSheet
from diffusion_explainer.traces.step import Step
from diffusion_explainer.traces.trace import Token, Trace

from .grid_image import label

_EDGE = 96  # pixels of a frame
_CURVE_WIDTH, _CURVE_HEIGHT = 720, 120  # pixels

_STYLE = """
body{margin:0 auto;padding:32px;max-width:1100px;background:#FAF9F6;color:#1C1B19;font:14px/1.5 system-ui,sans-serif}
h1{font-size:20px;line-height:26px;margin:0 0 16px}h2{font-size:14px;margin:32px 0 8px}p,figcaption{color:#5C5A55}
.top{display:flex;flex-wrap:wrap;gap:32px}.top img{border-radius:16px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px;margin:0;align-content:start}
dt{color:#5C5A55}dd{margin:0}
.tokens span{display:inline-block;background:#F6EAF4;color:#8A3A7E;border-radius:4px;padding:1px 6px;margin:0 4px 4px 0}
.tokens .cut{text-decoration:line-through;background:#FBE9EC;color:#A8243A}
.film{display:flex;flex-wrap:wrap;gap:8px 4px}.film figure{margin:0}.film img{border-radius:4px;display:block}
.film figcaption{font-size:12px}.scroll{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{text-align:right;padding:2px 12px 2px 0}
th{font-weight:500;color:#5C5A55}tr{border-bottom:1px solid #E3E0D8}
"""


def summary_page(trace: Trace) -> str:
    """A whole HTML document. Its large picture carries the request: dropped on our page, it opens the run."""
    prompt, model = html.escape(trace.request.prompt), html.escape(trace.model.name)
    picture = _image(imprinted(trace), "png", prompt, 256)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{prompt}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
        f"<h1>{prompt}</h1><div class=top>{picture}<dl>{_settings(trace)}</dl></div>"
        f"<h2>What the model read</h2><div class=tokens>{_tokens(trace)}</div>"
        f"<h2>The picture at every step</h2>{_film(trace.latent_pictures, trace)}"
        f"<h2>The picture that every step was heading for</h2>{_film(trace.predicted_pictures, trace)}"
        f"<h2>How much of it was noise</h2>{_curve(trace)}"
        f"<h2>The steps in numbers</h2><div class=scroll>{_table(trace)}</div>"
        f"<p>Recorded from {model} by Diffusion Explainer: every picture and number is this run's own.</p></html>"
    )


def _settings(trace: Trace) -> str:
    request = trace.request
    shown = {
        "Negative prompt": request.negative_prompt or "none",
        "Seed": request.seed,
        "Guidance": f"{request.guidance_scale:g}",
        "Steps": f"{len(trace.steps)}, {request.scheduler}",
        "Model": f"{trace.model.name} ({trace.model.pipeline})",
        "Drawn": f"{trace.created}, in {trace.seconds:.1f} s",
        "Id": trace.id,
    }
    for origin in request.branched_from:
        shown[f"Before step {origin.step + 1}"] = f"{origin.prompt}, {label('guidance_scale', origin.guidance_scale)}"
    return "".join(f"<dt>{html.escape(name)}<dd>{html.escape(str(value))}" for name, value in shown.items())


def _tokens(trace: Trace) -> str:
    return "".join(map(_token, (*trace.tokens, *trace.cut_tokens)))


def _token(token: Token) -> str:
    if token.kind not in ("text", "cut"):
        return ""
    return f'<span class={token.kind} title="token {token.id}">{html.escape(token.text)}</span>'


def _film(sheet: SpriteSheet, trace: Trace) -> str:
    frames = (f"<figure>{_frame(sheet, step)}<figcaption>{step.step + 1}</figcaption></figure>" for step in trace.steps)
    return f"<div class=film>{''.join(frames)}</div>"


def _frame(sheet: SpriteSheet, step: Step) -> str:
    buffer = io.BytesIO()
    sheet.frame(step.step).resize((_EDGE, _EDGE)).save(buffer, "WEBP", quality=80)
    return _image(buffer.getvalue(), "webp", f"step {step.step + 1}", _EDGE)


def _curve(trace: Trace) -> str:
    across = _CURVE_WIDTH / max(1, len(trace.steps) - 1)
    points = " ".join(f"{step.step * across:.1f},{_CURVE_HEIGHT * (1 - step.noise_level):.1f}" for step in trace.steps)
    return (
        f'<svg viewBox="0 -2 {_CURVE_WIDTH} {_CURVE_HEIGHT + 4}" width="{_CURVE_WIDTH}" style="max-width:100%" '
        f'role="img" aria-label="noise level of every step"><path d="M0 {_CURVE_HEIGHT}H{_CURVE_WIDTH}" '
        f'stroke="#E3E0D8"/><polyline points="{points}" fill="none" stroke="#565D69" stroke-width="2"/></svg>'
    )


def _table(trace: Trace) -> str:
    factors = list(dict.fromkeys(name for step in trace.steps for name in step.coefficients))
    names = ["step", "t", "noise", "signal", *(f"× {name.replace('_', ' ')}" for name in factors)]
    rows = "".join(f"<tr>{''.join(f'<td>{cell}' for cell in _row(step, factors))}" for step in trace.steps)
    return f"<table><tr>{''.join(f'<th>{name}' for name in names)}{rows}</table>"


def _row(step: Step, factors: list[str]) -> list[str]:
    shares = [f"{step.noise_level:.3f}", f"{step.signal_level:.3f}"]
    numbers = [f"{step.coefficients[name]:.4f}" if name in step.coefficients else "" for name in factors]
    return [str(step.step + 1), f"{step.timestep:g}", *shares, *numbers]


def _image(encoded: bytes, kind: str, title: str, edge: int) -> str:
    data = base64.b64encode(encoded).decode()
    return f'<img src="data:image/{kind};base64,{data}" width="{edge}" height="{edge}" alt="{title}">'
