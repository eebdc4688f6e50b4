from pathlib import Path
from random import Random

from storybook.art import Art
from storybook.renders import Descriptions, is_held_out, write_shard
from storybook.scenes import SCENES
from storybook.styles import STYLES


def test_what_is_held_out_never_changes() -> None:
    assert is_held_out("fox", "snow", "ink drawing") is False
    assert is_held_out("rabbit", "space", "pixel art") is False
    held = sum(is_held_out("fox", scene, style) for scene in SCENES for style in STYLES)
    assert 1 <= held <= 20


def test_training_never_draws_a_held_out_combination(art: Art) -> None:
    draw, rng = Descriptions(art.subjects), Random(3)
    drawn = [draw.draw(rng) for _ in range(500)]
    assert not any(is_held_out(d.subject, d.scene, d.style) for d in drawn if d.subject)
    assert {d.style for d in drawn} == set(STYLES)


def test_the_evaluation_draws_only_held_out_combinations(art: Art) -> None:
    draw, rng = Descriptions(art.subjects), Random(3)
    drawn = [draw.draw(rng, held_out=True, attributes=False) for _ in range(50)]
    assert all(is_held_out(d.subject, d.scene, d.style) for d in drawn)


def test_heavy_subjects_come_more_often(art: Art) -> None:
    draw, rng = Descriptions(art.subjects), Random(3)
    names = [draw.draw(rng).subject for _ in range(500)]
    assert names.count("ball") > 2 * names.count("egg")


def test_a_shard_is_made_from_its_number_alone(art: Art, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write_shard(4, art, tmp_path / folder, size=6)
    for name in ("00004.npy", "00004.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
