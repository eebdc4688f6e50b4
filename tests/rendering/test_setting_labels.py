from diffusion_explainer.rendering.setting_labels import label, shared_settings
from diffusion_explainer.traces.trace import Trace


def test_settings_are_labelled_in_words() -> None:
    assert label("guidance_scale", 7.0) == "guidance scale 7"
    assert label("negative_prompt", "") == "negative prompt none"
    assert label("prompt", "a rabbit") == "a rabbit"


def test_shared_settings_leave_out_those_that_vary_and_those_that_are_empty(trace: Trace) -> None:
    assert (
        shared_settings(trace, "prompt", "seed") == "guidance scale 7 · steps 4 · scheduler ddim · drawn by Storybook"
    )
