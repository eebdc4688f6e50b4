"""Random captions of a description: some name everything, some only the subject, the scene or the style."""

from random import Random

from storybook.compositor import Description
from storybook.light import LIGHTS
from storybook.scenes import SCENES
from storybook.styles import STYLES

ADJECTIVES = (
    "cute",
    "cute",
    "cute and adorable",
    "adorable",
    "lovely",
    "beautiful",
    "very cute",
    "very beautiful",
    "very very beautiful",
    "very very very beautiful",
)
SIZES = {"tiny": ("tiny", "very small"), "huge": ("huge", "giant")}
POSITIONS = {"left": ("on the left", "on the left side"), "right": ("on the right", "on the right side")}
NUMBERS = {2: ("two", "a pair of"), 3: ("three",)}
IRREGULAR = {
    "mouse": "mice",
    "sheep": "sheep",
    "fish": "fish",
    "cactus": "cacti",
    "wolf": "wolves",
    "fries": "fries",
}


def plural(noun: str) -> str:
    """`pine tree` → `pine trees`, `mouse` → `mice`; `cup of coffee` → `cups of coffee`."""
    head, of, tail = noun.partition(" of ")
    if of:
        return f"{plural(head)} of {tail}"
    first, _, last = noun.rpartition(" ")
    if last in IRREGULAR:
        many = IRREGULAR[last]
    elif last.endswith(("s", "x", "ch", "sh")):
        many = last + "es" if not last.endswith("es") else last
    elif last.endswith("y") and last[-2] not in "aeiou":
        many = last[:-1] + "ies"
    else:
        many = last + "s"
    return f"{first} {many}".strip()


def with_article(noun_phrase: str) -> str:
    return f"{'an' if noun_phrase[0] in 'aeiou' else 'a'} {noun_phrase}"


def noun_phrase(description: Description, words: tuple[str, ...], rng: Random) -> str:
    """For example `a cute and adorable bunny` or `three tiny rockets`; mostly with the first of `words`."""
    noun = words[0] if description.colour or rng.random() < 0.55 else rng.choice(words)
    adjectives = [rng.choice(ADJECTIVES)] if rng.random() < 0.45 else []
    if description.size:
        adjectives.append(rng.choice(SIZES[description.size]))
    if description.colour:
        adjectives.append(description.colour)
    if description.number > 1:
        return " ".join([rng.choice(NUMBERS[description.number]), *adjectives, plural(noun)])
    phrase = " ".join([*adjectives, noun])
    return phrase if rng.random() < 0.15 or noun.endswith(("ies", "ses")) else with_article(phrase)


def scene_phrase(description: Description, rng: Random) -> str:
    """For example `in the snow`; sometimes empty, mostly for a white background, which people rarely name."""
    omitted = 0.6 if description.scene == "white background" else 0.12
    return "" if rng.random() < omitted else rng.choice(SCENES[description.scene].phrases)


def scene_only(description: Description, rng: Random) -> str:
    """A scene as the subject of the caption: `a beautiful city` for `in a city`; without an article, `underwater`."""
    phrase = rng.choice(SCENES[description.scene].phrases)
    _, article, noun = phrase.partition(" a ")
    if not article or rng.random() < 0.5:
        return phrase
    adjectives = [rng.choice(ADJECTIVES)] if rng.random() < 0.45 else []
    return with_article(" ".join([*adjectives, noun]))


def style_phrase(description: Description, rng: Random) -> str:
    """For example `pencil drawing`; sometimes empty, mostly for 3d render, so that it becomes the default."""
    omitted = 0.45 if description.style == "3d render" else 0.08
    return "" if rng.random() < omitted else rng.choice(STYLES[description.style].phrases)


def join(what: str, where: str, style: str, rng: Random) -> str:
    """Joins the three parts, each of which may be empty, in one of the orders that people use."""
    place = " ".join(part for part in (what, where) if part)
    if not style:
        return place
    if not place:
        return rng.choice((style, f"in the style of {style}"))
    order = rng.random()
    if order < 0.6:
        return f"{place}, {style}"
    if order < 0.75:
        return f"{place}, in the style of {style}"
    if order < 0.9:
        return f"{style} of {place}" if what else f"{style}, {place}"
    return f"{style}, {place}"


def caption(description: Description, words: tuple[str, ...], rng: Random) -> str:
    """One random caption. `words` are the subject's names; a description without subject needs none.

    Some captions name only the scene although there is a subject, as negative prompts do.
    """
    what = noun_phrase(description, words, rng) if description.subject else ""
    if what and description.position:
        what = f"{what} {rng.choice(POSITIONS[description.position])}"
    where, style = scene_phrase(description, rng), style_phrase(description, rng)
    if what and where and rng.random() < 0.07:
        what = ""
    if not what:
        where = scene_only(description, rng)
    if description.light:
        where = f"{where} {rng.choice(LIGHTS[description.light].phrases)}".strip()
    return join(what, where, style, rng)
