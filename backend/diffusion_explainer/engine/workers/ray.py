"""The worker that uses the replicas of a Ray cluster."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from diffusion_explainer import errors
from diffusion_explainer.engine import problem_details
from diffusion_explainer.engine.event_log import LAST_EVENTS, WorkerEvent
from diffusion_explainer.engine.protocol import ModelStatus
from diffusion_explainer.requests.batches import LARGEST_BATCH
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.settings import Settings
from diffusion_explainer.storage.library import Library
from diffusion_explainer.tracing import events

from .protocol import OnEvent, Stopped
from .replica import deployment

logger = logging.getLogger(__name__)

APPLICATION = "diffusion-explainer"
_ATTEMPTS = 2  # at a batch whose replica is lost


class RayWorker:
    """`connect` returns a handle of the replicas, which store traces where the `library` finds them.

    `on_batch` is told how many runs a replica gets at once, which may share calls of the pipeline with others.
    """

    def __init__(
        self,
        connect: Callable[[], Any],
        library: Library,
        slots: int,
        batch_limit: int = LARGEST_BATCH,
        on_batch: Callable[[int], None] = lambda runs: None,
    ) -> None:
        self.slots, self.batch_limit = slots, batch_limit
        self._connect, self._library, self._on_batch = connect, library, on_batch
        self._replicas: Any = None

    async def open(self) -> ModelStatus:
        self._replicas = await asyncio.to_thread(self._connect)
        described: ModelStatus = await self._replicas.describe.remote()
        return described

    async def close(self) -> None:
        """Nothing to release: replicas stay while others use them, and end by themselves when idle."""

    async def num_steps(self, scheduler: str, steps: int) -> int:
        num_steps: int = await self._replicas.num_steps.remote(scheduler, steps)
        return num_steps

    async def generate(self, requests: Sequence[TraceRequest], on_event: OnEvent, stopped: Stopped) -> None:
        """A batch whose replica is lost starts again on another one, from its first step; then it fails.

        Raises ReplicaLost, or what Ray raises.
        """
        batch = _Unfinished(requests, on_event, stopped)
        losses = 0
        while batch.steps:
            try:
                await self._follow(batch)
            except Exception as error:
                losses += 1
                if not _is_loss(error):
                    raise
                if losses == _ATTEMPTS:
                    raise errors.ReplicaLost(losses, f"{type(error).__name__}.") from error
                logger.warning("A replica was lost; its batch starts again. %s", error)
                batch.start_again()

    async def _follow(self, batch: _Unfinished) -> None:
        members = list(batch.steps)
        self._on_batch(len(members))
        stream = self._replicas.options(stream=True).generate.remote([batch.requests[member] for member in members])
        try:
            while batch.steps:
                event: WorkerEvent = await anext(stream)
                batch.report(await self._admitted(replace(event, member=members[event.member])))
        except StopAsyncIteration:
            raise EOFError("Its events ended before its work.") from None
        finally:
            stream.cancel()

    async def _admitted(self, event: WorkerEvent) -> WorkerEvent:
        """The same event; a failure instead of `done` if the server cannot read the trace."""
        if event.name != events.Done.name:
            return event
        trace_id = json.loads(event.text)["id"]
        try:
            await asyncio.to_thread(self._library.admit, trace_id)
        except errors.TraceNotFound:
            not_shared = errors.StoreNotShared(trace_id, self._library.store.root)
            return WorkerEvent.of(events.Failed(problem_details.problem_of(not_shared)), event.member)
        return event


class _Unfinished:
    """The members of a batch that have not ended. `steps`: how many steps of each have been reported."""

    def __init__(self, requests: Sequence[TraceRequest], on_event: OnEvent, stopped: Stopped) -> None:
        self.requests, self._on_event, self._stopped = requests, on_event, stopped
        self.steps = dict.fromkeys(range(len(requests)), 0)

    def report(self, event: WorkerEvent) -> None:
        """Passes on the event of a member, and ends one that is stopped."""
        if event.member not in self.steps:
            return
        self._on_event(event)
        if event.name in LAST_EVENTS:
            del self.steps[event.member]
        elif event.name == events.StepDone.name:
            self.steps[event.member] += 1
            self._end_if_stopped(event.member)

    def start_again(self) -> None:
        """Ends the members that are stopped; the others wait again, for a new replica."""
        for member in list(self.steps):
            self._end_if_stopped(member)
        for member in self.steps:
            self.steps[member] = 0
            self._on_event(WorkerEvent.of(events.Queued(position=0), member))

    def _end_if_stopped(self, member: int) -> None:
        if self._stopped(member):
            self._on_event(WorkerEvent.of(events.Cancelled(step=self.steps.pop(member)), member))


def connect(settings: Settings) -> Any:
    """A handle of the replicas of the cluster at `settings.ray_address`, deployed as the settings say.

    Raises NotInstalled without Ray, or what Ray raises.
    """
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
    """Whether a replica was lost, as opposed to an error in what it did."""
    from ray.exceptions import RayError, RayTaskError
    from ray.serve.exceptions import RayServeException

    return isinstance(error, (RayError, RayServeException, EOFError)) and not isinstance(error, RayTaskError)
