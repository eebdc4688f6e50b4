"""The built page: hashed files may be cached for ever, the rest is revalidated; sent compressed if built so."""

from pathlib import Path

from fastapi import FastAPI, Request, Response
from starlette.responses import FileResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from diffusion_explainer.engine.problem_details import problem
from diffusion_explainer.server.middleware import IMMUTABLE
from diffusion_explainer.server.problem_responses import ProblemResponse

HASHED = "assets"  # the folder of files whose names change with their content
_COMPRESSED = (("br", ".br"), ("gzip", ".gz"))


def add_page(app: FastAPI, folder: Path) -> None:
    """Serves each file and folder of the built page by a route of its own, so that every other path is a 404."""
    if not (folder / "index.html").is_file():
        app.router.routes.append(Route("/", _not_built))
        return
    files = PageFiles(directory=folder)
    app.router.routes.append(Route("/", files.index))
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            app.router.routes.append(Mount(f"/{path.name}", PageFiles(directory=path, hashed=path.name == HASHED)))
        else:
            app.router.routes.append(Route(f"/{path.name}", files.file))


class PageFiles(StaticFiles):
    """Files of one folder; `hashed`: their names change with their content."""

    def __init__(self, *, directory: Path, hashed: bool = False) -> None:
        super().__init__(directory=directory)
        self.cache_control = IMMUTABLE if hashed else "no-cache"

    async def index(self, request: Request) -> Response:
        """The page itself."""
        return await self.get_response("index.html", request.scope)

    async def file(self, request: Request) -> Response:
        """The file that the path ends with."""
        return await self.get_response(request.url.path.rpartition("/")[2], request.scope)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, with its Cache-Control."""
        response = self._compressed(path, scope) or await super().get_response(path, scope)
        response.headers["Cache-Control"] = self.cache_control
        return response

    def _compressed(self, path: str, scope: Scope) -> Response | None:
        accepted = Request(scope).headers.get("accept-encoding", "")
        for encoding, suffix in _COMPRESSED:
            found, status = self.lookup_path(path + suffix)
            if status is not None and encoding in accepted:
                response = self.file_response(found, status, scope)
                response.headers["Content-Type"] = FileResponse(path).headers["Content-Type"]
                response.headers["Content-Encoding"] = encoding
                response.headers["Vary"] = "Accept-Encoding"
                return response
        return None


async def _not_built(request: Request) -> Response:
    detail = "The page has not been built; in a checkout, `make setup` does. The API is described at api/docs."
    return ProblemResponse(problem(404, None, "Not Found", detail))
