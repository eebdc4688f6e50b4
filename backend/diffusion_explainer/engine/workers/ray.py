"""The worker that uses the replicas of a Ray cluster."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
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
_ATTEMPTS = 2  # at a run whose replica is lost


class RayWorker:
    """`connect` returns a handle of the replicas, which store traces where the `library` finds them.

    There are at most `replicas` of them, each with `batch_limit` runs at a time.
    """

    def __init__(
        self,
        connect: Callable[[], Any],
        library: Library,
        replicas: int,
        batch_limit: int = LARGEST_BATCH,
    ) -> None:
        self.capacity = replicas * batch_limit
        self._connect, self._library = connect, library
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

    async def generate(self, request: TraceRequest, on_event: OnEvent, stopped: Stopped) -> None:
        """A run whose replica is lost starts again on another one, from its first step; then it fails.

        Raises ReplicaLost, or what Ray raises.
        """
        run = _Unfinished(request, on_event, stopped)
        losses = 0
        while not run.ended:
            try:
                await self._follow(run)
            except Exception as error:
                losses += 1
                if not _is_loss(error):
                    raise
                if losses == _ATTEMPTS:
                    raise errors.ReplicaLost(losses, f"{type(error).__name__}.") from error
                logger.warning("A replica was lost; its run starts again. %s", error)
                run.start_again()

    async def _follow(self, run: _Unfinished) -> None:
        stream = self._replicas.options(stream=True).generate.remote(run.request)
        try:
            while not run.ended:
                run.report(await self._admitted(await anext(stream)))
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
            return WorkerEvent.of(events.Failed(problem_details.problem_of(not_shared)))
        return event


class _Unfinished:
    """A run until it has ended. `steps`: how many of it have been reported."""

    def __init__(self, request: TraceRequest, on_event: OnEvent, stopped: Stopped) -> None:
        self.request, self._on_event, self._stopped = request, on_event, stopped
        self.steps, self.ended = 0, False

    def report(self, event: WorkerEvent) -> None:
        """Passes on an event, and ends a run that is stopped."""
        self._on_event(event)
        if event.name in LAST_EVENTS:
            self.ended = True
        elif event.name == events.StepDone.name:
            self.steps += 1
            self._end_if_stopped()

    def start_again(self) -> None:
        """Waits for a new replica, unless it is stopped."""
        self._end_if_stopped()
        if not self.ended:
            self.steps = 0
            self._on_event(WorkerEvent.of(events.Queued(position=0)))

    def _end_if_stopped(self) -> None:
        if self._stopped():
            self.ended = True
            self._on_event(WorkerEvent.of(events.Cancelled(step=self.steps)))


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
