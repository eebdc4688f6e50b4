"""Grids: one run for each combination of two settings."""

from __future__ import annotations

import io
from itertools import product
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from diffusion_explainer.engine import Engine
from diffusion_explainer.engine.groups import Group, Groups
from diffusion_explainer.rendering.grid_image import mosaic
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.server.problem_responses import answers
from diffusion_explainer.storage.library import Library
from diffusion_explainer.tracing.experiments import LARGEST_GROUP, grid_requests

from .groups import ACCEPTED, Standing, group_routes, standing

NOUN = "grids"

Setting = Literal["prompt", "negative_prompt", "seed", "guidance_scale", "steps", "scheduler"]


class Axis(BaseModel):
    """A setting, and the values that it takes."""

    model_config = ConfigDict(extra="forbid")

    setting: Setting
    values: Annotated[list[Any], Field(min_length=1, max_length=LARGEST_GROUP)]


class Gridding(BaseModel):
    """A request, and the two settings that vary."""

    model_config = ConfigDict(extra="forbid")

    request: TraceRequest
    rows: Axis
    columns: Axis


def grid_routes(engine: Engine, library: Library, groups: Groups) -> APIRouter:
    """/api/grids."""
    router = group_routes(NOUN, "a grid", groups)

    @router.post(
        "", summary="Asks for a run of each combination of two settings", response_model=Standing, responses=ACCEPTED
    )
    async def ask(gridding: Gridding) -> Response:
        rows, columns = gridding.rows, gridding.columns
        axes = (rows.setting, rows.values), (columns.setting, columns.values)
        requests = grid_requests(gridding.request, *axes)
        places = product(range(len(rows.values)), range(len(columns.values)))
        labels = [{"row": row, "column": column, "axes": [rows.setting, columns.setting]} for row, column in places]
        return standing(await groups.submit(NOUN, requests, labels), engine, NOUN)

    @router.get(
        "/{group_id}",
        summary="Where each cell stands",
        response_model=Standing,
        responses={202: {"model": Standing, "description": "Under way"}, **answers(404)},
    )
    async def document(group_id: str) -> Response:
        return standing(groups.get(NOUN, group_id), engine, NOUN)

    @router.get(
        "/{group_id}/picture",
        summary="The whole grid as one labelled picture; 404 until every cell is done",
        response_class=Response,
        responses={200: {"content": {"image/png": {}}}, **answers(404)},
    )
    def picture(group_id: str) -> Response:
        return Response(_picture(groups.get(NOUN, group_id), library), media_type="image/png")

    return router


def _picture(group: Group, library: Library) -> bytes:
    width = 1 + max(label["column"] for label in group.labels)
    traces = [library.open(trace_id) for trace_id in group.ids]
    rows = [traces[start : start + width] for start in range(0, len(traces), width)]
    buffer = io.BytesIO()
    mosaic(rows, *group.labels[0]["axes"]).save(buffer, "PNG")
    return buffer.getvalue()
