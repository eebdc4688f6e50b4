"""Draws on the machines of a Ray cluster."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from diffusion_explainer import errors
from diffusion_explainer.engine import problem_details
from diffusion_explainer.engine.protocol import ModelStatus
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.settings import Settings
from diffusion_explainer.storage.library import Library
from diffusion_explainer.tracing import events

from .events import News, news_of
from .protocol import Report, Stopped
from .replica import deployment

logger = logging.getLogger(__name__)

APPLICATION = "diffusion-explainer"
_TRIES = 2  # of a batch whose replica went away
_LAST = {events.Done.name, events.Failed.name, events.Cancelled.name}


class ClusterMaker:
    """`connect` gives a handle of the replicas, which store what they draw where the `library` finds it."""

    queues = True

    def __init__(self, connect: Callable[[], Any], library: Library, places: int) -> None:
        self.places = places
        self._connect, self._library = connect, library
        self._replicas: Any = None

    async def open(self) -> ModelStatus:
        self._replicas = await asyncio.to_thread(self._connect)
        described: ModelStatus = await self._replicas.describe.remote()
        return described

    async def close(self) -> None:
        """The replicas stay while others use them, and end by themselves when nobody does."""

    async def rows(self, scheduler: str, steps: int) -> int:
        rows: int = await self._replicas.rows.remote(scheduler, steps)
        return rows

    async def make(self, requests: Sequence[TraceRequest], report: Report, stopped: Stopped) -> None:
        """A batch whose replica goes away starts again on another one, from its first step; then it fails."""
        batch = _Going(requests, report, stopped)
        losses = 0
        while batch.steps:
            try:
                await self._follow(batch)
            except Exception as error:
                losses += 1
                if not _is_loss(error):
                    raise
                if losses == _TRIES:
                    raise errors.ReplicaLost(losses, f"{type(error).__name__}.") from error
                logger.warning("A replica went away; its batch starts again. %s", error)
                batch.start_again()

    async def _follow(self, batch: _Going) -> None:
        members = list(batch.steps)
        stream = self._replicas.options(stream=True).draw.remote([batch.requests[member] for member in members])
        try:
            while batch.steps:
                news: News = await anext(stream)
                member = members[news.member]
                batch.tell(member, await self._admitted(member, news))
        except StopAsyncIteration:
            raise EOFError("Its news ended before its work.") from None
        finally:
            stream.cancel()

    async def _admitted(self, member: int, news: News) -> News:
        """The same news, but no trace is done that the server cannot read."""
        if news.name != events.Done.name:
            return news
        trace_id = json.loads(news.text)["id"]
        try:
            await asyncio.to_thread(self._library.admit, trace_id)
        except errors.TraceNotFound:
            lost = errors.StoreNotShared(trace_id, self._library.store.root)
            return news_of(member, events.Failed(problem_details.problem_of(lost)))
        return news


class _Going:
    """The members of a batch that have not ended: how many steps of each have been told."""

    def __init__(self, requests: Sequence[TraceRequest], report: Report, stopped: Stopped) -> None:
        self.requests, self._report, self._stopped = requests, report, stopped
        self.steps = dict.fromkeys(range(len(requests)), 0)

    def tell(self, member: int, news: News) -> None:
        """Passes on the news of a member, and ends one that is not wanted."""
        if member not in self.steps:
            return
        self._report(replace(news, member=member))
        if news.name in _LAST:
            del self.steps[member]
        elif news.name == events.StepDone.name:
            self.steps[member] += 1
            self._end_unwanted(member)

    def start_again(self) -> None:
        """Every member that is wanted waits once more."""
        for member in list(self.steps):
            self._end_unwanted(member)
        for member in self.steps:
            self.steps[member] = 0
            self._report(news_of(member, events.Queued(position=0)))

    def _end_unwanted(self, member: int) -> None:
        if self._stopped(member):
            self._report(news_of(member, events.Cancelled(step=self.steps.pop(member))))


def connect(settings: Settings) -> Any:
    """A handle of the replicas of the cluster at `settings.ray_address`, deployed as the settings want them."""
    try:
        import ray
        from ray import serve
    except ImportError:
        raise errors.NotInstalled("ray", "ray") from None

    logging.getLogger("ray.serve").setLevel(logging.WARNING)
    if not ray.is_initialized():
        ray.init(settings.ray_address, log_to_driver=False, configure_logging=False)
    serve.start(proxy_location="Disabled")
    return serve.run(deployment(settings), name=APPLICATION, route_prefix=None)


def _is_loss(error: Exception) -> bool:
    """Whether a replica went away, and not what it did went wrong."""
    from ray.exceptions import RayError, RayTaskError
    from ray.serve.exceptions import RayServeException

    return isinstance(error, (RayError, RayServeException, EOFError)) and not isinstance(error, RayTaskError)
