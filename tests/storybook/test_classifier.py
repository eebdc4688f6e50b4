from pathlib import Path

import torch

from storybook import classifier as classifiers
from storybook.art import Art


def test_a_stored_classifier_predicts_the_same(art: Art, tmp_path: Path) -> None:
    torch.manual_seed(0)
    names = classifiers.class_names(art)
    classifier = classifiers.new_classifier(names).eval()
    classifiers.write(classifier, names, tmp_path / "classifier.safetensors")
    again, stored_names = classifiers.read(tmp_path / "classifier.safetensors")
    pictures = torch.rand(2, 3, 128, 128) * 2 - 1
    assert stored_names == names
    before, after = (classifiers.predict(model, pictures) for model in (classifier, again))
    for logits, stored_logits in zip(before, after, strict=True):
        assert torch.allclose(logits, stored_logits, atol=1e-2)
