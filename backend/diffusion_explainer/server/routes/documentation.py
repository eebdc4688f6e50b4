"""The API in words, made from its OpenAPI description: no script, nothing from elsewhere."""

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse

from diffusion_explainer.engine.problem_details import KINDS
from diffusion_explainer.rendering.templating import templates_of

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"


def documentation_routes(app: FastAPI) -> APIRouter:
    """/api/docs of the app."""
    router = APIRouter(prefix="/api", include_in_schema=False)
    template = templates_of("diffusion_explainer.server").get_template("documentation.html.jinja")

    @router.get("/docs")
    async def docs() -> HTMLResponse:
        description = app.openapi()
        page = template.render(
            info=description["info"],
            paths=description["paths"],
            request_fields=description["components"]["schemas"]["TraceRequest"]["properties"],
            problems=KINDS,
        )
        return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})

    return router
