"""Art packages: fetched from npm by pinned version, read into sprites.

    art = load_art(Path(".storybook"))
    art.subjects[0].name, art.sprites.shape      # 'rabbit', (subjects, hands, 128, 128, 4)

Nothing here is needed to run the finished model.
"""

import io
import json
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from storybook.subjects import Subject, all_subjects, slug

SIZE = 128
HANDS = ("3d", "flat", "ink", "cartoon")


@dataclass(frozen=True)
class Package:
    """An npm package, with what its licence asks us to say."""

    name: str
    version: str
    licence: str
    attribution: str

    @property
    def folder(self) -> str:
        return f"{self.name.replace('@', '').replace('/', '-')}-{self.version}"


PACKAGES = {
    "names": Package("emojibase-data", "17.0.0", "MIT", "Emojibase by Miles Johnson"),
    "3d": Package("@lobehub/fluent-emoji-3d", "1.1.0", "MIT", "Fluent Emoji by Microsoft, packed by LobeHub"),
    "flat": Package("@iconify-json/fluent-emoji-flat", "1.2.6", "MIT", "Fluent Emoji by Microsoft, packed by Iconify"),
    "ink": Package(
        "@iconify-json/fluent-emoji-high-contrast",
        "1.2.6",
        "MIT",
        "Fluent Emoji by Microsoft, packed by Iconify",
    ),
    "cartoon": Package("@iconify-json/noto", "1.2.9", "Apache-2.0", "Noto Emoji by Google, packed by Iconify"),
}


@dataclass(frozen=True)
class Art:
    """Subjects and their sprites: uint8 RGBA [subject, hand, y, x, 4], hands in the order of `HANDS`."""

    subjects: list[Subject]
    sprites: np.ndarray

    def sprite(self, subject: int, hand: str) -> Image.Image:
        return Image.fromarray(self.sprites[subject, HANDS.index(hand)])


def fetch(package: Package, work: Path) -> Path:
    """The package's unpacked folder; asks npm for it only if it is not there yet."""
    folder = work / "art" / package.folder
    if folder.exists():
        return folder
    tarballs = work / "tarballs"
    tarballs.mkdir(parents=True, exist_ok=True)
    tarball = tarballs / f"{package.folder}.tgz"
    if not tarball.exists():
        specifier = f"{package.name}@{package.version}"
        subprocess.run(["npm", "pack", specifier, "--pack-destination", str(tarballs)], check=True, capture_output=True)
    unpacked = folder.with_suffix(".partial")
    with tarfile.open(tarball) as archive:
        archive.extractall(unpacked, filter="data")
    (unpacked / "package").rename(folder)
    return folder


class IconSet:
    """An Iconify set, drawn by resvg."""

    def __init__(self, folder: Path) -> None:
        self.set = json.loads((folder / "icons.json").read_text())
        self.names = set(self.set["icons"])

    def draw(self, name: str, size: int = SIZE) -> Image.Image:
        """The icon `name` as RGBA of `size` pixels a side; `currentColor` is black."""
        import resvg_py

        icon = self.set["icons"][name]
        width, height = (icon.get(side, self.set.get(side, 16)) for side in ("width", "height"))
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="0 0 {width} {height}" width="{size}" height="{size}" color="#111">{icon["body"]}</svg>'
        )
        png = bytes(resvg_py.svg_to_bytes(svg_string=svg))
        return Image.open(io.BytesIO(png)).convert("RGBA").resize((size, size))


def picture_3d(folder: Path, hexcode: str) -> Path | None:
    """The 3-D render of an emoji, whose file may or may not carry the variation selector."""
    for name in (hexcode, f"{hexcode}-fe0f"):
        path = folder / "assets" / f"{name}.webp"
        if path.exists():
            return path
    return None


def read_art(work: Path) -> Art:
    """Reads every subject that all four hands draw. Takes a minute; `load_art` keeps the answer."""
    folders = {hand: fetch(package, work) for hand, package in PACKAGES.items()}
    emojis = json.loads((folders["names"] / "en" / "data.json").read_text())
    found = ((slug(e["label"]), picture_3d(folders["3d"], e["hexcode"].lower())) for e in emojis)
    pictures = {name: path for name, path in found if path}
    sets = {hand: IconSet(folders[hand]) for hand in HANDS if hand != "3d"}
    available = {s for s in pictures if all(s in icons.names for icons in sets.values())}
    subjects = all_subjects(emojis, available)
    sprites = np.zeros((len(subjects), len(HANDS), SIZE, SIZE, 4), np.uint8)
    for index, subject in enumerate(subjects):
        render = Image.open(pictures[subject.art]).convert("RGBA").resize((SIZE, SIZE), Image.Resampling.LANCZOS)
        drawn = {"3d": render} | {hand: icons.draw(subject.art) for hand, icons in sets.items()}
        sprites[index] = np.stack([np.asarray(drawn[hand]) for hand in HANDS])
    return Art(subjects, sprites)


def load_art(work: Path) -> Art:
    """The art from `work`'s cache, else read and cached."""
    cache, names = work / "sprites.npy", work / "subjects.json"
    if not (cache.exists() and names.exists()):
        art = read_art(work)
        work.mkdir(parents=True, exist_ok=True)
        np.save(cache, art.sprites)
        names.write_text(json.dumps([vars(s) for s in art.subjects]))
    subjects = [Subject(**{**s, "words": tuple(s["words"])}) for s in json.loads(names.read_text())]
    return Art(subjects, np.load(cache, mmap_mode="r"))
