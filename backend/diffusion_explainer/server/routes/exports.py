"""A run as one file to download: a picture, an animation, a report, a bundle."""

from collections.abc import Callable

from fastapi import APIRouter, Response

from diffusion_explainer.server.middleware import IMMUTABLE
from diffusion_explainer.server.problem_responses import problem_responses
from diffusion_explainer.server.slow_work import SlowWork
from diffusion_explainer.storage import formats
from diffusion_explainer.storage.archive import zipped
from diffusion_explainer.storage.bundle_format import ARRAYS, INDEX
from diffusion_explainer.storage.library import Library


def export_routes(library: Library) -> APIRouter:
    """/api/traces/{id}/exports/{format}."""
    router = APIRouter(prefix="/api/traces/{trace_id}/exports", tags=["traces"])
    films_and_files = SlowWork(threads=2)

    @router.get(
        "/{suffix}",
        summary=f"The trace as a file: {', '.join(formats.FORMATS)}",
        response_class=Response,
        responses={
            200: {"content": {one.media_type: {} for one in formats.FORMATS.values()}},
            **problem_responses(404, 422, 501, 503),
        },
    )
    async def export(trace_id: str, suffix: str, kind: str = "latent") -> Response:
        return await films_and_files.run(lambda: _export(library, trace_id, suffix, kind))

    return router


def _export(library: Library, trace_id: str, suffix: str, kind: str) -> Response:
    trace = library.open(trace_id)
    as_stored = _AS_STORED.get(suffix)
    content = as_stored(library, trace_id) if as_stored else formats.encode(trace, suffix, formats.kind_of(kind))
    headers = {
        "Content-Disposition": f'attachment; filename="{formats.file_name(trace, suffix)}"',
        "Cache-Control": IMMUTABLE,
    }
    return Response(content, media_type=formats.FORMATS[suffix].media_type, headers=headers)


def _zip(library: Library, trace_id: str) -> bytes:
    names = [INDEX, *library.document(trace_id)["files"]]
    return zipped(trace_id, {name: library.read(trace_id, name) for name in names})


# Files of the bundle are sent as they are stored.
_AS_STORED: dict[str, Callable[[Library, str], bytes]] = {
    "json": lambda library, trace_id: library.read(trace_id, INDEX),
    "safetensors": lambda library, trace_id: library.read(trace_id, ARRAYS),
    "zip": _zip,
}
