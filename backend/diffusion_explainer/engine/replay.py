"""The engine of a server without a model: it knows the gallery's requests and generates nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from diffusion_explainer.errors import ModelUnavailable, TraceNotFound
from diffusion_explainer.gallery.index import Gallery
from diffusion_explainer.requests.request import TraceRequest

from .jobs import Job
from .protocol import ModelStatus, Ticket


class ReplayEngine:
    """Answers a request that is in the gallery; any other raises ModelUnavailable."""

    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery
        self.model = ModelStatus("replay", detail="This server replays stored traces; it has no model.")

    async def open(self) -> None:
        """Nothing to load."""

    async def close(self) -> None:
        """Nothing to stop."""

    async def loaded(self) -> ModelStatus:
        """There is no model."""
        return self.model

    async def submit(self, request: TraceRequest) -> Ticket:
        """The gallery's trace of this request. Raises ModelUnavailable if it has none."""
        trace_id = await asyncio.to_thread(self.gallery.find, request)
        if trace_id is None:
            raise ModelUnavailable("This server replays stored traces and has no model; choose one from the gallery.")
        return Ticket(trace_id, "done")

    async def submit_together(self, requests: Sequence[TraceRequest]) -> list[Ticket]:
        """The gallery's traces of these requests. Raises ModelUnavailable if it lacks one."""
        return [await self.submit(request) for request in requests]

    def job(self, trace_id: str) -> Job | None:
        """There are no jobs."""
        return None

    def release(self, trace_id: str, share: str) -> None:
        """There are no jobs."""

    def cancel(self, trace_id: str) -> None:
        """Raises TraceNotFound: there are no jobs."""
        raise TraceNotFound(trace_id)
