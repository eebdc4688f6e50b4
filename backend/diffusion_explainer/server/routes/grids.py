"""Grids: one run for each combination of two settings."""

from __future__ import annotations

import io
from itertools import product
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from diffusion_explainer.engine.groups import Group, Groups
from diffusion_explainer.rendering.grid_image import mosaic
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.requests.variations import LARGEST_GROUP, grid_requests
from diffusion_explainer.server.problem_responses import problem_responses
from diffusion_explainer.server.slow_work import SlowWork
from diffusion_explainer.storage.library import Library

from .group_routes import SUBMITTED, UNDER_WAY, GroupStatus, group_routes, group_status

NOUN = "grids"

Setting = Literal["prompt", "negative_prompt", "seed", "guidance_scale", "steps", "scheduler"]


class Axis(BaseModel):
    """A setting and its values."""

    model_config = ConfigDict(extra="forbid")

    setting: Setting
    values: Annotated[list[Any], Field(min_length=1, max_length=LARGEST_GROUP)]


class GridRequest(BaseModel):
    """A request, and the two settings that vary."""

    model_config = ConfigDict(extra="forbid")

    request: TraceRequest
    rows: Axis
    columns: Axis


def grid_routes(library: Library, groups: Groups) -> APIRouter:
    """/api/grids."""
    router = group_routes(NOUN, "a grid", groups)
    pictures = SlowWork()

    @router.post(
        "",
        summary="Generates a run for each combination of two settings",
        response_model=GroupStatus,
        responses=SUBMITTED,
    )
    async def submit(asked: GridRequest) -> Response:
        rows, columns = asked.rows, asked.columns
        axes = (rows.setting, rows.values), (columns.setting, columns.values)
        requests = grid_requests(asked.request, *axes)
        cells = product(range(len(rows.values)), range(len(columns.values)))
        labels = [{"row": row, "column": column, "axes": [rows.setting, columns.setting]} for row, column in cells]
        group, share = await groups.submit(NOUN, requests, labels)
        return group_status(group, NOUN, share)

    @router.get(
        "/{group_id}",
        summary="The status of each cell",
        response_model=GroupStatus,
        responses={**UNDER_WAY, **problem_responses(404)},
    )
    async def document(group_id: str) -> Response:
        return group_status(groups.get(NOUN, group_id), NOUN)

    @router.get(
        "/{group_id}/picture",
        summary="The whole grid as one labeled picture; 404 until every cell is done",
        response_class=Response,
        responses={200: {"content": {"image/png": {}}}, **problem_responses(404, 503)},
    )
    async def picture(group_id: str) -> Response:
        group = groups.get(NOUN, group_id)
        return Response(await pictures.run(lambda: _picture(group, library)), media_type="image/png")

    return router


def _picture(group: Group, library: Library) -> bytes:
    width = 1 + max(label["column"] for label in group.labels)
    traces = [library.open(trace_id) for trace_id in group.ids]
    rows = [traces[start : start + width] for start in range(0, len(traces), width)]
    buffer = io.BytesIO()
    mosaic(rows, *group.labels[0]["axes"]).save(buffer, "PNG")
    return buffer.getvalue()
