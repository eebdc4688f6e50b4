import dataclasses

import numpy as np
import pytest

from diffusion_explainer.analysis.comparison import Comparison, check_shared, token_difference
from diffusion_explainer.errors import InvalidRequest
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.traces.tokens import read_prompt
from diffusion_explainer.traces.trace import Trace
from diffusion_explainer.tracing import experiments
from diffusion_explainer.tracing.generate import generate_all
from diffusion_explainer.tracing.models import Model

SPACE = TraceRequest(prompt="a rabbit in space, pixel art", seed=3, steps=4)
FOREST = SPACE.model_copy(update={"prompt": "a rabbit in a forest, pixel art"})


@pytest.fixture(scope="module")
def comparison(storybook: Model) -> Comparison:
    return experiments.compare(storybook, SPACE, FOREST)


def changes(storybook: Model, a: str, b: str) -> list[tuple[str, list[str], list[str]]]:
    texts = [[t for t in read_prompt(storybook.pipeline.tokenizer, p).tokens if t.kind == "text"] for p in (a, b)]
    return [
        (change.kind, [t.text for t in change.a], [t.text for t in change.b])
        for change in token_difference(*texts)
        if change.kind != "equal"
    ]


def test_a_replaced_word_is_told_from_an_added_and_a_dropped_one(storybook: Model) -> None:
    assert changes(storybook, "a rabbit in space", "a rabbit in a forest") == [("replace", ["space"], ["a", "forest"])]
    assert changes(storybook, "a rabbit", "a cute rabbit") == [("insert", [], ["cute"])]
    assert changes(storybook, "a cute rabbit", "a rabbit") == [("delete", ["cute"], [])]


def test_a_change_inside_a_word_is_found(storybook: Model) -> None:
    assert changes(storybook, "outerspace", "outerworld")[0][1:] == (["space"], ["world"])


def test_runs_start_together_and_part(comparison: Comparison) -> None:
    assert comparison.latent_distance[0] == 0
    assert len(comparison.latent_distance) == len(comparison.noise_distance) + 1 == 5
    assert comparison.latent_distance[-1] > 0
    assert comparison.half_step in range(1, 5)


def test_a_prompt_compared_with_itself_differs_nowhere(storybook: Model) -> None:
    same = experiments.compare(storybook, SPACE, SPACE)
    assert not same.latent_distance.any()
    assert not same.noise_distance.any()
    assert not same.text_distance.any()
    assert set(same.largest_differences().values()) == {0}
    assert same.half_step is None
    assert [change.kind for change in same.tokens] == ["equal"]


def test_slots_before_the_first_differing_token_are_untouched(comparison: Comparison) -> None:
    """CLIP's text encoder is causal: slot 4 is "space" or "a"."""
    np.testing.assert_allclose(comparison.text_distance[:4], 0, atol=1e-4)
    assert comparison.text_distance[4] > 1e-2


@pytest.mark.parametrize("scheduler", ["ddim", "euler"])
def test_a_map_of_the_latents_adds_up_to_their_distance_as_the_unet_sees_them(storybook: Model, scheduler: str) -> None:
    a, b = (request.model_copy(update={"scheduler": scheduler}) for request in (SPACE, FOREST))
    comparison = experiments.compare(storybook, a, b)
    for step, sizes in zip(comparison.a.steps, comparison.difference_maps("latent"), strict=True):
        distance = np.linalg.norm(sizes) / np.linalg.norm(step.latent * step.latent_scale)
        assert distance == pytest.approx(comparison.latent_distance[step.step], rel=1e-4, abs=1e-6)


def test_a_map_of_the_pictures_has_a_size_for_every_pixel(comparison: Comparison) -> None:
    maps = comparison.difference_maps("predicted_picture")
    width, height = comparison.a.picture.size
    assert maps.shape == (4, height, width)
    a, b = (np.asarray(trace.steps[2].predicted_picture, float) / 255 for trace in (comparison.a, comparison.b))
    assert maps[2, 5, 7] == pytest.approx(np.linalg.norm(b[5, 7] - a[5, 7]), abs=1e-5)
    assert comparison.largest_differences()["predicted_picture"] == pytest.approx(maps.max())


def test_what_differs_is_named(comparison: Comparison, storybook: Model) -> None:
    weaker = experiments.compare(storybook, SPACE, SPACE.model_copy(update={"guidance_scale": 2.0}))
    assert (comparison.settings, weaker.settings) == (("prompt",), ("guidance_scale",))
    assert weaker.latent_distance[0] == 0


def test_runs_without_a_common_start_are_refused(comparison: Comparison, storybook: Model) -> None:
    other = generate_all(storybook, [SPACE.model_copy(update={"seed": 4})])[0]
    with pytest.raises(InvalidRequest, match="seed is 4"):
        Comparison(comparison.a, other)
    card = dataclasses.replace(comparison.b.model, fingerprint="other")
    with pytest.raises(InvalidRequest, match="model"):
        Comparison(comparison.a, dataclasses.replace(comparison.b, model=card))


def drifting(trace: Trace, *values: float) -> Trace:
    """The run with latents that are `values` everywhere, and guided noise that is the first value plus the step."""
    latents = [np.full((4, 2, 2), value, np.float32) for value in values]
    noises = [np.full((4, 2, 2), values[0] + step.step, np.float32) for step in trace.steps]
    steps = [
        dataclasses.replace(step, latent=before, next_latent=after, noise_guided=noise)
        for step, before, after, noise in zip(trace.steps, latents[:-1], latents[1:], noises, strict=True)
    ]
    return dataclasses.replace(trace, steps=tuple(steps))


def test_distances_are_relative_to_the_first_run(trace: Trace) -> None:
    comparison = Comparison(drifting(trace, 2, 2, 2, 2, 2), drifting(trace, 3, 2, 1, 2, 4))
    assert comparison.latent_distance.tolist() == [0.5, 0, 0.5, 0, 1]
    assert comparison.noise_distance == pytest.approx([1 / 2, 1 / 3, 1 / 4, 1 / 5])


def test_half_of_the_distance_is_reached_at_the_first_step_that_begins_with_it(trace: Trace) -> None:
    start = drifting(trace, 1, 1, 1, 1, 1)
    for latents, half in (((1, 1.375, 1.5, 1.75, 2), 2), ((1, 1.75, 1.25, 1.5, 2), 1), ((1, 1, 1, 1, 2), 4)):
        assert Comparison(start, drifting(trace, *latents)).half_step == half


def test_a_slot_is_as_far_apart_as_its_states(trace: Trace) -> None:
    moved = trace.text_embedding.copy()
    moved[4, :2] += (3, -4)  # of length 5
    distance = Comparison(trace, dataclasses.replace(trace, text_embedding=moved)).text_distance
    assert distance.tolist() == pytest.approx([0, 0, 0, 0, 5, *[0] * 72], abs=1e-5)


def test_the_tokens_compared_are_those_of_the_words(comparison: Comparison) -> None:
    stretches = [
        (change.kind, [[token.text for token in side] for side in (change.a, change.b)]) for change in comparison.tokens
    ]
    assert stretches == [
        ("equal", [["a", "rabbit", "in"]] * 2),
        ("replace", [["space"], ["a", "forest"]]),
        ("equal", [[",", "pixel", "art"]] * 2),
    ]
    assert len(set(comparison.tokens)) == 3


def test_each_request_is_compared_with_the_first() -> None:
    check_shared([SPACE])
    check_shared([SPACE, FOREST, SPACE.model_copy(update={"guidance_scale": 2.0})])
    for change in ({"seed": 4}, {"steps": 5}, {"scheduler": "lms"}):
        with pytest.raises(InvalidRequest, match="as in the first run") as refusal:
            check_shared([SPACE, FOREST, SPACE.model_copy(update=change)])
        assert {refusal.value.field: refusal.value.value} == change
        assert refusal.value.suggestion == getattr(SPACE, str(refusal.value.field))


def test_it_shows_itself_as_html(comparison: Comparison) -> None:
    assert "<img" in comparison._repr_html_()
