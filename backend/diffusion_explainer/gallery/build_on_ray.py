"""Makes a gallery on the machines of a Ray cluster: a batch is a task, retried if its machine is lost."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from diffusion_explainer.errors import NotInstalled
from diffusion_explainer.settings import Settings
from diffusion_explainer.storage.bundle_store import BundleStore
from diffusion_explainer.traces.model_card import ModelCard

from .build import Failure, make
from .spec import Entry

if TYPE_CHECKING:
    from diffusion_explainer.tracing.models import Model

_RETRIES = 3


class Cluster:
    """The machines at `settings.ray_address`. This package must be installed on them, and they must reach the store.

    Raises NotInstalled without Ray.
    """

    def __init__(self, settings: Settings) -> None:
        try:
            import ray
        except ImportError:
            raise NotInstalled("ray", "ray") from None
        self.settings, self._ray = settings, ray
        if not ray.is_initialized():
            ray.init(settings.ray_address, log_to_driver=False, configure_logging=False)

    def card(self) -> ModelCard:
        """The model that the machines load."""
        card: ModelCard = self._ray.get(self._task(_card).remote(self.settings))
        return card

    def make(self, batches: Sequence[Sequence[Entry]], store: str) -> Iterator[tuple[Sequence[Entry], list[Failure]]]:
        """Generates the batches, as many at a time as there are machines; yields each with what failed."""
        task = self._task(_make)
        waiting = {task.remote(batch, self.settings, store): batch for batch in batches}
        while waiting:
            (made,), _ = self._ray.wait(list(waiting), num_returns=1)
            batch = waiting.pop(made)
            try:
                yield batch, self._ray.get(made)
            except self._ray.exceptions.RayError as error:
                yield batch, [Failure(entry.place, f"{type(error).__name__}: {error}") for entry in batch]

    def _task(self, work: Any) -> Any:
        """`max_calls=0`: a process keeps its model for the next batch, on a GPU too."""
        needs = {"num_cpus": self.settings.ray_cpus, "num_gpus": self.settings.ray_gpus}
        return self._ray.remote(**needs, max_calls=0, max_retries=_RETRIES)(work)


def _card(settings: Settings) -> ModelCard:
    return _loaded(settings).card


def _make(batch: Sequence[Entry], settings: Settings, store: str) -> list[Failure]:
    return make(batch, _loaded(settings), BundleStore(store), lambda entry, event: None)


@functools.cache
def _loaded(settings: Settings) -> Model:
    from diffusion_explainer.tracing.models import load_model

    return load_model(settings.model, None if settings.device == "auto" else settings.device)
