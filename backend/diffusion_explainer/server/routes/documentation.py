"""The API in words, made from its OpenAPI description: no script, nothing from elsewhere."""

from html import escape
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse

from diffusion_explainer.engine.problem_details import KINDS

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem;
       color: #1b1f24; background: #fff }
section { border-top: 1px solid #d0d7de; padding: .5rem 0 }
td, th { text-align: left; padding: .1rem 1rem .1rem 0; vertical-align: top }
@media (prefers-color-scheme: dark) {
  body { color: #e6edf3; background: #0d1117 } a { color: #79b8ff } section { border-color: #30363d }
}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"


def documentation_routes(app: FastAPI) -> APIRouter:
    """/api/docs of the app."""
    router = APIRouter(prefix="/api", include_in_schema=False)

    @router.get("/docs")
    async def docs() -> HTMLResponse:
        return HTMLResponse(_page(app.openapi()), headers={"Content-Security-Policy": _POLICY})

    return router


def _page(description: dict[str, Any]) -> str:
    operations = "".join(
        _operation(method, path, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    )
    title = escape(description["info"]["title"])
    request = description["components"]["schemas"]["TraceRequest"]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}: API</title><style>{_STYLE}</style>"
        f"<h1>{title}: API</h1><p>{escape(description['info']['description'])} "
        'Machine-readable: <a href="openapi.json">openapi.json</a>.</p>'
        f"{operations}<section><h2>A request</h2>{_fields(request)}</section>"
        f"<section><h2>Problems</h2>{''.join(map(_kind, KINDS))}</section></html>"
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    answers = ", ".join(
        f"{status} {escape(answer.get('description', ''))}" for status, answer in operation["responses"].items()
    )
    parameters = "".join(
        f"<li><code>{escape(parameter['name'])}</code> ({parameter['in']}) "
        f"{escape(parameter.get('description', ''))}</li>"
        for parameter in operation.get("parameters", [])
    )
    return (
        f"<section><h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(operation['summary'])}</p>"
        f"<ul>{parameters}</ul><p>Answers: {answers}.</p></section>"
    )


def _fields(schema: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code><td>{escape(field.get('description', ''))}"
        f"<td>{escape(str(field.get('default', 'required')))}"
        for name, field in schema["properties"].items()
    )
    return f"<table><tr><th>Field<th>What<th>Default{rows}</table>"


def _kind(kind: tuple[str, int, str]) -> str:
    name, status, title = kind
    return f'<p id="{name}"><code>{status} {name}</code> {escape(title)}.</p>'
