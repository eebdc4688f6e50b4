"""The OpenAPI description, corrected: errors are problems, and only where a route can answer them."""

from typing import Any

from fastapi import FastAPI

from diffusion_explainer.engine.problem_details import MEDIA_TYPE

_PROBLEM = {
    "title": "Problem",
    "description": "What went wrong, by RFC 9457.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "value", "message", "suggestion"],
                "properties": {
                    "field": {"type": "string"},
                    "value": {},
                    "message": {"type": "string"},
                    "suggestion": {},
                },
            },
        },
    },
}


def describe(app: FastAPI) -> None:
    """Replaces FastAPI's own description of validation errors, which no route here answers with."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _corrected(generate())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _corrected(description: dict[str, Any]) -> dict[str, Any]:
    for methods in description["paths"].values():
        for operation in methods.values():
            answers = operation["responses"]
            if "422" in answers and MEDIA_TYPE not in answers["422"].get("content", {}):
                del answers["422"]
    schemas = description["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM
    return description
