"""`serve --engine ray`: two workers draw, an object store keeps, the API is the one it always is."""

import os
import signal
from pathlib import Path

import httpx
import numpy as np

from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.storage.bundle_store import BundleStore
from diffusion_explainer.tracing.generate import generate
from diffusion_explainer.tracing.models import Model

from .conftest import wait_until
from .events import ask, events, names

LONG = 80


def replicas() -> list[int]:
    """Processes of the cluster that have a model."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cmdline").read_bytes().startswith(b"ray::ServeReplica:diffusion-explainer:Replica"):
                found.append(int(process.name))
        except OSError:
            continue
    return found


def test_the_same_request_is_the_same_trace_as_on_this_computer(
    api: httpx.Client, store: BundleStore, storybook: Model
) -> None:
    request = TraceRequest(prompt="a cute rabbit in space, pixel art", seed=3, steps=4)
    trace_id = ask(api, request)
    assert names(api, trace_id) == ["tokens", "text", *["step"] * 4, "decoded", "done"]
    here, there = generate(storybook, request), store.open(trace_id)
    assert (there.id, there.model, there.tokens) == (here.id, here.model, here.tokens)
    np.testing.assert_allclose(there.latents, here.latents, rtol=2e-3, atol=2e-3)  # stored in half precision
    assert [step.timestep for step in there.steps] == [step.timestep for step in here.steps]


def test_a_run_whose_machine_dies_starts_again_on_another(api: httpx.Client, store: BundleStore) -> None:
    trace_id = ask(api, TraceRequest(prompt="a rabbit", seed=1, steps=LONG))
    told, killed = [], False
    for name, _ in events(api, trace_id):
        told.append(name)
        if told.count("step") == 3 and not killed:
            killed = True
            assert not store.has(trace_id)
            for replica in replicas():
                os.kill(replica, signal.SIGKILL)
    again = told[len(told) - 1 - told[::-1].index("queued") :]
    assert again == ["queued", "tokens", "text", *["step"] * LONG, "decoded", "done"]
    assert told.count("tokens") == 2
    assert len(store.open(trace_id).steps) == LONG


def test_the_store_holds_whole_bundles_and_nothing_else(api: httpx.Client, store: BundleStore) -> None:
    names(api, ask(api, TraceRequest(prompt="a rabbit", seed=2, steps=1)))
    paths = [path.removeprefix(f"{store.root}/").split("/") for path in store.filesystem.find(store.root)]
    whole = [(trace_id, name) for trace_id in store.ids() for name in store.files(trace_id)]
    assert sorted((path[0], path[-1]) for path in paths) == sorted(whole)


def test_replicas_end_when_there_is_nothing_to_draw_and_come_back_when_there_is(api: httpx.Client) -> None:
    assert replicas()
    wait_until(lambda: not replicas())
    assert names(api, ask(api, TraceRequest(prompt="a rabbit", seed=4, steps=1)))[-1] == "done"
    assert replicas()


def test_a_run_that_is_stopped_is_not_stored(api: httpx.Client, store: BundleStore) -> None:
    trace_id = ask(api, TraceRequest(prompt="a rabbit", seed=5, steps=LONG))
    told = []
    for name, _ in events(api, trace_id):
        told.append(name)
        if told.count("step") == 2:
            api.delete(f"/api/traces/{trace_id}")
    assert told[-1] == "cancelled"
    assert not store.has(trace_id)
