"""The sprites of every subject, from npm packages of pinned version.

art = load_art(Path(".storybook"))
art.subjects[0].name, art.sprites.shape      # 'rabbit', (subjects, sprite sets, 128, 128, 4)
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
SPRITE_SETS = ("3d", "flat", "ink", "cartoon")


@dataclass(frozen=True)
class Package:
    """An npm package, with its licence and the attribution that the licence requires."""

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
    """Subjects and their sprites, uint8 RGBA [subjects, sprite sets, 128, 128, 4] in the order of `SPRITE_SETS`."""

    subjects: list[Subject]
    sprites: np.ndarray

    def sprites_of(self, subject: int) -> dict[str, Image.Image]:
        """One subject's sprites by sprite set."""
        return {name: Image.fromarray(sprite) for name, sprite in zip(SPRITE_SETS, self.sprites[subject], strict=True)}


def fetch(package: Package, work: Path) -> Path:
    """The package's unpacked folder; npm downloads it unless it is there.

    Raises subprocess.CalledProcessError if npm does not find it.
    """
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
    """An Iconify icon set, rasterised by resvg."""

    def __init__(self, folder: Path) -> None:
        self.set = json.loads((folder / "icons.json").read_text())
        self.names = set(self.set["icons"])

    def rasterise(self, name: str, size: int = SIZE) -> Image.Image:
        """The icon `name` as RGBA, `size` pixels a side; `currentColor` is #111."""
        import resvg_py

        icon = self.set["icons"][name]
        width, height = (icon.get(side, self.set.get(side, 16)) for side in ("width", "height"))
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="0 0 {width} {height}" width="{size}" height="{size}" color="#111">{icon["body"]}</svg>'
        )
        png = bytes(resvg_py.svg_to_bytes(svg_string=svg))
        return Image.open(io.BytesIO(png)).convert("RGBA").resize((size, size))


def render_path(folder: Path, hexcode: str) -> Path | None:
    """The file of an emoji's 3-D render, whose name may or may not end in the variation selector."""
    for name in (hexcode, f"{hexcode}-fe0f"):
        path = folder / "assets" / f"{name}.webp"
        if path.exists():
            return path
    return None


def read_art(work: Path) -> Art:
    """Reads every subject that all four sprite sets have. Takes a minute; `load_art` caches the result."""
    folders = {role: fetch(package, work) for role, package in PACKAGES.items()}
    emojis = json.loads((folders["names"] / "en" / "data.json").read_text())
    found = ((slug(e["label"]), render_path(folders["3d"], e["hexcode"].lower())) for e in emojis)
    renders = {name: path for name, path in found if path}
    icon_sets = {name: IconSet(folders[name]) for name in SPRITE_SETS if name != "3d"}
    available = {s for s in renders if all(s in icons.names for icons in icon_sets.values())}
    subjects = all_subjects(emojis, available)
    sprites = np.zeros((len(subjects), len(SPRITE_SETS), SIZE, SIZE, 4), np.uint8)
    for index, subject in enumerate(subjects):
        render = Image.open(renders[subject.art]).convert("RGBA").resize((SIZE, SIZE), Image.Resampling.LANCZOS)
        images = {"3d": render} | {name: icons.rasterise(subject.art) for name, icons in icon_sets.items()}
        sprites[index] = np.stack([np.asarray(images[name]) for name in SPRITE_SETS])
    return Art(subjects, sprites)


def load_art(work: Path) -> Art:
    """The art cached in the folder `work`; reads and caches it first if it is not there."""
    cache, names = work / "sprites.npy", work / "subjects.json"
    if not (cache.exists() and names.exists()):
        art = read_art(work)
        work.mkdir(parents=True, exist_ok=True)
        np.save(cache, art.sprites)
        names.write_text(json.dumps([vars(s) for s in art.subjects]))
    subjects = [Subject(**{**s, "words": tuple(s["words"])}) for s in json.loads(names.read_text())]
    return Art(subjects, np.load(cache, mmap_mode="r"))
