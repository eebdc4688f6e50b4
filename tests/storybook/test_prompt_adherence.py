import numpy as np
import torch

from storybook import prompt_adherence
from storybook.art import Art
from storybook.classifier import Classifier
from storybook.compositor import Description
from storybook.dataset import Renderer

DESCRIPTION = {"subject": "owl", "scene": "snow", "style": "ink drawing"}


def test_prompts_say_subject_scene_and_style() -> None:
    assert prompt_adherence.prompt(DESCRIPTION) == "an owl in the snow, ink drawing"
    assert prompt_adherence.prompt_without_scene(DESCRIPTION) == "an owl, ink drawing"


def test_the_perceptual_distance_is_zero_only_for_the_same_picture() -> None:
    torch.manual_seed(0)
    classifier, pictures = Classifier(3, 2, 2).eval(), torch.rand(2, 3, 128, 128)
    with torch.no_grad():
        assert prompt_adherence.perceptual_distance(classifier, pictures, pictures).abs().max() < 1e-6
        assert prompt_adherence.perceptual_distance(classifier, pictures, 1 - pictures).min() > 1e-3


def test_the_nearest_render_of_a_render_is_itself(art: Art) -> None:
    renderer = Renderer(art)
    pixels = np.stack([renderer.pixels(Description("ball", "beach", "cartoon", seed=k)) for k in range(6)])
    pictures = torch.from_numpy(pixels[[4, 1]]).permute(0, 3, 1, 2) / 127.5 - 1
    renders, distances = prompt_adherence.nearest_renders(pictures, [pixels[:3], pixels[3:]])
    assert np.array_equal(renders, pixels[[4, 1]])
    assert distances.max() < 0.5
