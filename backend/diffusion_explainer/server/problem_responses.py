"""Every error as a response in application/problem+json, without a stack trace."""

import json
import logging
from http import HTTPStatus
from typing import Any, Literal

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, TypeAdapter
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from diffusion_explainer.engine.metrics import Metrics
from diffusion_explainer.engine.problem_details import (
    MEDIA_TYPE,
    Problem,
    invalid_request,
    kind_of,
    problem,
    problem_of,
)
from diffusion_explainer.errors import DiffusionExplainerError, InvalidRequest
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.requests.validation import Fields

from .request_id import request_id

logger = logging.getLogger(__name__)


class ProblemResponse(Response):
    """Problem details in ASCII, so that any text that was sent can be sent back. Counted when it is sent."""

    media_type = MEDIA_TYPE

    def __init__(self, content: Problem, headers: dict[str, str] | None = None) -> None:
        if (own := request_id.get()) is not None:
            content = {**content, "request_id": own}
        super().__init__(json.dumps(content, allow_nan=False), content["status"], headers)
        self.headers["Cache-Control"] = "no-store"
        self.kind = kind_of(content)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        metrics: Metrics = scope["app"].state.metrics
        metrics.problems.labels(kind=self.kind).inc()
        await super().__call__(scope, receive, send)


def problem_responses(*statuses: int | Literal["default"]) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entries of the problems that a route can answer with; default: any other."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {
            "description": "Any other problem" if status == "default" else HTTPStatus(status).phrase,
            "content": content,
        }
        for status in statuses
    }


def describe_problems(app: FastAPI) -> None:
    """Adds the schema of a problem to the OpenAPI description.

    By hand: FastAPI would add it for `responses={404: {"model": Problem}}`, but as application/json.
    """
    schema = TypeAdapter(Problem).json_schema(ref_template="#/components/schemas/{model}")
    schemas = {**schema.pop("$defs"), "Problem": schema}
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        description = generate()
        description["components"]["schemas"].update(schemas)
        return description

    app.openapi = openapi  # type: ignore[method-assign]


def handle_errors(app: FastAPI) -> None:
    """Registers the handlers that turn errors into problems; RequestLog answers all others."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DiffusionExplainerError, _problem)


async def _problem(request: Request, error: Exception) -> Response:
    retry_after, found = getattr(error, "retry_after", None), problem_of(error)
    if found["status"] == 500:
        logger.error("%s", error)
    return ProblemResponse(found, {"Retry-After": str(retry_after)} if retry_after else None)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(item["loc"][0] == "path" for item in found):  # nothing is at a path that cannot be parsed
        return ProblemResponse(_nothing_at(request))
    if any(item["loc"] == ("body",) or item["type"] == "json_invalid" for item in found):
        return ProblemResponse(_unreadable(error.body))
    inside = [{**item, "loc": item["loc"][1:]} for item in found]  # behind "body" or "query"
    return ProblemResponse(invalid_request(_fields(request).explained(inside)))


def _fields(request: Request) -> Fields:
    """The fields of the route's body, or of a request."""
    body = request.scope["route"].dependant.body_params
    model: type[BaseModel] = body[0].field_info.annotation if body else TraceRequest
    return Fields(model.model_json_schema())


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return ProblemResponse(_nothing_at(request))
    if error.status_code == 400:  # bytes that are not UTF-8, integers of too many digits
        return ProblemResponse(_unreadable((await request.body()).decode(errors="replace")))
    title = HTTPStatus(error.status_code).phrase
    detail = error.detail if error.detail != title else f"{request.method} {request.url.path}: {title.lower()}."
    headers = dict(error.headers) if error.headers else None
    return ProblemResponse(problem(error.status_code, None, title, detail), headers)


def _unreadable(body: Any) -> Problem:
    return invalid_request([InvalidRequest("body", body, "must be a JSON object, sent as application/json")])


def _nothing_at(request: Request) -> Problem:
    return problem(404, None, "Not Found", f"There is nothing at {request.url.path[:200]}.")
