from collections.abc import Callable

import pytest

from diffusion_explainer.traces.tokens import Prompt, read_prompt
from diffusion_explainer.tracing.models import Model


@pytest.fixture
def read(storybook: Model) -> Callable[[str], Prompt]:
    return lambda text: read_prompt(storybook.pipeline.tokenizer, text)


def test_a_prompt_fills_77_slots_with_start_words_end_and_padding(read: Callable[[str], Prompt]) -> None:
    tokens = read("a cute and adorable bunny").tokens
    assert len(tokens) == 77
    assert [token.id for token in tokens[:7]] == [49406, 320, 2242, 537, 6298, 9258, 49407]
    assert [token.kind for token in tokens[:8]] == ["start", *["text"] * 5, "end", "padding"]
    assert [token.slot for token in tokens] == list(range(77))


def test_the_pieces_of_a_split_word_know_their_word(read: Callable[[str], Prompt]) -> None:
    pieces = [token for token in read("a outerspace rabbit").tokens if token.word == "outerspace"]
    assert [piece.text for piece in pieces] == ["outer", "space"]
    assert len({piece.word_index for piece in pieces}) == 1


def test_what_does_not_fit_is_cut_from_the_end(read: Callable[[str], Prompt]) -> None:
    prompt = read("very " * 80 + "cute bunny")
    assert sum(token.kind == "text" for token in prompt.tokens) == 75
    assert len(prompt.cut_tokens) == 7
    assert {token.slot for token in prompt.cut_tokens} == {None}
    assert prompt.truncated == "very very very very very cute bunny"
    assert prompt.tokens[76].kind == "end"


def test_the_empty_prompt_is_a_start_and_end_tokens(read: Callable[[str], Prompt]) -> None:
    prompt = read("")
    assert [token.kind for token in prompt.tokens[:3]] == ["start", "end", "padding"]
    assert prompt.truncated == ""


def test_the_recorded_ids_are_those_the_pipeline_encodes(storybook: Model, read: Callable[[str], Prompt]) -> None:
    tokenizer = storybook.pipeline.tokenizer
    for text in ("A Rabbit, in SPACE!", "naïve café 兔", "x" * 500, "😀 a cat"):
        encoded = tokenizer(text, padding="max_length", max_length=77, truncation=True).input_ids
        assert [token.id for token in read(text).tokens] == encoded


@pytest.mark.parametrize("text", ["İstanbul, a red fox", "naïve 猫 fox", "e\u0301t\u00e9 fox", "😀 3d FOX"])
def test_a_piece_knows_its_characters_whatever_stands_before_it(read: Callable[[str], Prompt], text: str) -> None:
    *_, fox = (token for token in read(text).tokens if token.kind == "text")
    assert (fox.word, text[fox.start : fox.end].lower()) == ("fox", "fox")


def test_a_piece_that_was_cut_knows_its_characters_too(read: Callable[[str], Prompt]) -> None:
    text = "very " * 80 + "cute bunny"
    assert [text[token.start : token.end] for token in read(text).cut_tokens[-2:]] == ["cute", "bunny"]


def test_each_piece_knows_its_slot_its_word_and_where_it_stands(read: Callable[[str], Prompt]) -> None:
    pieces = [token for token in read("A outerspace!").tokens if token.kind == "text"]
    assert [(one.slot, one.text, one.word, one.word_index) for one in pieces] == [
        (1, "a", "a", 0),
        (2, "outer", "outerspace", 1),
        (3, "space", "outerspace", 1),
        (4, "!", "!", 2),
    ]
    assert [(one.start, one.end) for one in pieces] == [(0, 1), (2, 7), (7, 12), (12, 13)]


def test_75_pieces_fit_and_no_more(read: Callable[[str], Prompt]) -> None:
    full = read("very " * 75)
    assert (full.cut_tokens, full.truncated, full.tokens[76].kind) == ((), "", "end")
    over = read("very " * 75 + "cute")
    assert [(token.text, token.kind, token.slot) for token in over.cut_tokens] == [("cute", "cut", None)]


def test_start_end_and_padding_belong_to_no_word(read: Callable[[str], Prompt]) -> None:
    start, _, end, padding, *_ = read("rabbit").tokens
    for token in (start, end, padding):
        assert (token.word, token.word_index) == (None, None)
    assert (start.text, end.text) == ("<|startoftext|>", "<|endoftext|>")
