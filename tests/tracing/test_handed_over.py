"""A pipeline that somebody else owns: read again at each call, shared by threads, left as it was."""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
import transformers
from diffusers import StableDiffusionPipeline

import diffusion_explainer as dx
import pipelines
from diffusion_explainer import api
from diffusion_explainer.traces.trace import Trace
from diffusion_explainer.tracing.quiet import quiet


@pytest.fixture
def pipeline() -> Any:
    return pipelines.stable_diffusion_1()


def draw(model: Any, prompt: str = "a rabbit", **settings: Any) -> Trace:
    return dx.trace(prompt, steps=2, model=model, progress=False, **settings)


@contextmanager
def another_weight(pipeline: Any) -> Iterator[None]:
    """One number in the middle of a weight is another, in place."""
    numbers = pipeline.unet.conv_in.weight.data.view(-1)
    middle = len(numbers) // 2
    before = numbers[middle].clone()
    numbers[middle] += 1
    yield
    numbers[middle] = before


@pytest.mark.parametrize("hand_over", [lambda pipeline: pipeline, dx.load_model], ids=["pipeline", "model"])
def test_a_pipeline_changed_between_two_calls_makes_another_trace(
    pipeline: Any, hand_over: Callable[[Any], Any]
) -> None:
    model = hand_over(pipeline)
    before = draw(model)
    with another_weight(pipeline):
        changed = draw(model)
    assert before.id != changed.id
    assert not np.array_equal(before.latents, changed.latents)
    assert draw(model).id == before.id


def test_a_changed_pipeline_is_not_the_model_of_the_run_that_branches(pipeline: Any) -> None:
    original = draw(pipeline)
    with another_weight(pipeline), pytest.raises(dx.errors.InvalidRequest, match="model at hand"):
        dx.branch(original, step=1, prompt="a castle", model=pipeline, progress=False)


@pytest.mark.parametrize("steps", [2, 0], ids=["a run", "a refusal"])
def test_the_pipeline_keeps_its_own_scheduler(pipeline: Any, steps: int) -> None:
    own = pipeline.scheduler
    try:
        dx.trace("a rabbit", steps=steps, scheduler="euler", model=pipeline, progress=False)
    except dx.errors.InvalidRequest:
        assert steps == 0
    assert pipeline.scheduler is own


def test_the_pipeline_keeps_its_own_scheduler_after_a_failure(pipeline: Any) -> None:
    def fail(event: object) -> None:
        if type(event).__name__ == "StepDone":
            raise RuntimeError("enough")

    own = pipeline.scheduler
    with pytest.raises(RuntimeError, match="enough"):
        draw(pipeline, scheduler="euler", on_event=fail)
    assert pipeline.scheduler is own


def together(*calls: Callable[[], Trace]) -> list[Trace]:
    """The results of calls that start at the same moment, each on a thread of its own.

    What they are compared with is drawn on such a thread too: torch's number of threads, on which the last bits depend,
    is that of the thread that set it.
    """
    start = threading.Barrier(len(calls))

    def call(one: Callable[[], Trace]) -> Trace:
        start.wait()
        return one()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(call, calls))


def test_threads_share_a_pipeline(pipeline: Any) -> None:
    prompts = ("a rabbit", "a castle", "a fox")
    alone = [together(partial(draw, pipeline, prompt))[0] for prompt in prompts]
    shared = together(*(partial(draw, pipeline, prompt) for prompt in prompts))
    for one, other in zip(alone, shared, strict=True):
        assert one.id == other.id
        assert np.array_equal(one.latents, other.latents)


def test_threads_share_a_unet_of_two_pipelines(pipeline: Any) -> None:
    other = StableDiffusionPipeline(**pipeline.components, requires_safety_checker=False)
    other.set_progress_bar_config(disable=True)
    (alone,) = together(lambda: draw(pipeline))
    for trace in together(lambda: draw(pipeline), lambda: draw(other)):
        assert np.array_equal(trace.latents, alone.latents)


@pytest.mark.model
def test_threads_that_ask_first_wait_for_one_model() -> None:
    api._loaded_once.cache_clear()
    one, other = together(*(lambda: dx.trace("a rabbit", steps=1, progress=False),) * 2)
    assert one.id == other.id
    assert api._loaded_once.cache_info().misses == 1


def test_silence_is_of_one_thread_and_touches_no_level() -> None:
    heard: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: heard.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("diffusers")
    logger.addHandler(handler)
    levels = diffusers.utils.logging.get_verbosity(), transformers.utils.logging.get_verbosity()
    try:
        with quiet(), quiet():
            logger.warning("of this thread")
            logger.error("an error")
            other = threading.Thread(target=logger.warning, args=("of another thread",))
            other.start()
            other.join()
        logger.warning("afterwards")
    finally:
        logger.removeHandler(handler)
    assert heard == ["an error", "of another thread", "afterwards"]
    assert (diffusers.utils.logging.get_verbosity(), transformers.utils.logging.get_verbosity()) == levels
    assert not handler.filters


def test_two_runs_at_once_leave_the_libraries_as_loud_as_they_were(pipeline: Any) -> None:
    before = diffusers.utils.logging.get_verbosity(), transformers.utils.logging.get_verbosity()
    together(lambda: draw(pipeline), lambda: draw(pipelines.stable_diffusion_2()))
    assert (diffusers.utils.logging.get_verbosity(), transformers.utils.logging.get_verbosity()) == before


def test_a_pipeline_in_half_precision_has_ids_of_its_own(pipeline: Any) -> None:
    whole = dx.load_model(pipeline).card.fingerprint
    assert dx.load_model(pipeline.to(torch.float16)).card.fingerprint != whole
