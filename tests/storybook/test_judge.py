from pathlib import Path

import torch

from storybook.art import Art
from storybook.judge import names_of, new_judge, open_judge, read, write


def test_a_written_judge_answers_the_same(art: Art, tmp_path: Path) -> None:
    torch.manual_seed(0)
    names = names_of(art)
    judge = new_judge(names).eval()
    write(judge, names, tmp_path / "judge.safetensors")
    again, known = open_judge(tmp_path / "judge.safetensors")
    pictures = torch.rand(2, 3, 128, 128) * 2 - 1
    assert known == names
    for before, after in zip(read(judge, pictures), read(again, pictures), strict=True):
        assert torch.allclose(before, after, atol=1e-2)
