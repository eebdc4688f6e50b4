from pathlib import Path
from random import Random

from storybook.art import Art
from storybook.dataset import DescriptionSampler, is_held_out, write_shard
from storybook.scenes import SCENES
from storybook.styles import STYLES


def test_what_is_held_out_never_changes() -> None:
    assert is_held_out("fox", "snow", "ink drawing") is False
    assert is_held_out("rabbit", "space", "pixel art") is False
    count = sum(is_held_out("fox", scene, style) for scene in SCENES for style in STYLES)
    assert 1 <= count <= 20


def test_training_never_samples_a_held_out_combination(art: Art) -> None:
    sampler, rng = DescriptionSampler(art.subjects), Random(3)
    sampled = [sampler.sample(rng) for _ in range(500)]
    assert not any(is_held_out(d.subject, d.scene, d.style) for d in sampled if d.subject)
    assert {d.style for d in sampled} == set(STYLES)


def test_the_evaluation_samples_only_held_out_combinations(art: Art) -> None:
    sampler, rng = DescriptionSampler(art.subjects), Random(3)
    sampled = [sampler.sample(rng, held_out=True, attributes=False) for _ in range(50)]
    assert all(is_held_out(d.subject, d.scene, d.style) for d in sampled)


def test_subjects_with_a_higher_weight_come_more_often(art: Art) -> None:
    sampler, rng = DescriptionSampler(art.subjects), Random(3)
    names = [sampler.sample(rng).subject for _ in range(500)]
    assert names.count("ball") > 2 * names.count("egg")


def test_a_shard_depends_on_its_number_only(art: Art, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write_shard(4, art, tmp_path / folder, size=6)
    for name in ("00004.npy", "00004.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
