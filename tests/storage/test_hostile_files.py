"""What is broken, mistyped, oversized or hostile is refused by the errors that are promised, in one line, and early."""

import contextlib
import io
import json
import struct
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from diffusion_explainer import open_trace, read_request
from diffusion_explainer.errors import (
    BundleDamaged,
    BundleError,
    BundleTooNew,
    InvalidRequest,
    NoRequestInside,
    TraceNotFound,
)
from diffusion_explainer.storage.archive import zipped
from diffusion_explainer.storage.bundle_format import ARRAYS, ATTENTION, FILES, INDEX
from diffusion_explainer.storage.png_metadata import KEYWORD

STORED = Path(__file__).parent / "version-1"

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def files(**changed: bytes | None) -> dict[str, bytes]:
    """The files of a whole bundle, some changed or left out."""
    whole = {name: (STORED / name).read_bytes() for name in FILES}
    given = {name: changed.get(name.replace(".", "_"), content) for name, content in whole.items()}
    return {name: content for name, content in given.items() if content is not None}


def document() -> dict[str, Any]:
    stored: dict[str, Any] = json.loads((STORED / INDEX).read_text())
    return stored


def written(folder: Path, content: dict[str, bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for name, each in content.items():
        (folder / name).write_bytes(each)
    return folder


def refused(folder: Path, content: dict[str, bytes]) -> str:
    """What is said of a bundle that cannot be read."""
    with pytest.raises(BundleError) as told:
        open_trace(written(folder / "run", content))
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 500 + len(str(folder))
    return str(told.value)


@pytest.mark.parametrize("name", [name for name in FILES if name != INDEX])
@pytest.mark.parametrize("damage", [lambda whole: whole[:-1], lambda whole: b"", lambda whole: b"\x00" * len(whole)])
def test_a_file_that_is_short_empty_or_garbage_is_a_damaged_bundle(
    tmp_path: Path, name: str, damage: Callable[[bytes], bytes]
) -> None:
    refused(tmp_path, {**files(), name: damage((STORED / name).read_bytes())})


def test_a_bundle_without_its_attention_is_read_without_it(tmp_path: Path) -> None:
    trace = open_trace(written(tmp_path, files(attention_safetensors=None)))
    assert trace.stacked("attention") is None
    assert trace.attention_layers == ()


def test_a_file_of_the_index_that_no_bundle_has_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("12345")
    changed = {**document(), "files": {**document()["files"], "../secret": 5}}
    assert "no file '../secret'" in refused(tmp_path, files(trace_json=json.dumps(changed).encode()))


@pytest.mark.parametrize("version", ["1", "2", 1.0, True, None, 0, -1, [], 1e400])
def test_a_version_that_is_no_number_is_a_damaged_bundle(tmp_path: Path, version: object) -> None:
    assert "version" in refused(tmp_path, files(trace_json=json.dumps({**document(), "version": version}).encode()))


def test_an_unknown_sampler_is_named(tmp_path: Path) -> None:
    changed = {**document(), "request": {**document()["request"], "scheduler": "[/x]"}}
    assert "scheduler is '[/x]'" in refused(tmp_path, files(trace_json=json.dumps(changed).encode()))


@pytest.mark.parametrize("index", [b"[" * 200_000, b'{"a":' * 200_000, b"", b"null", b"[]", b"\xff\xfe", b"9" * 10_000])
def test_an_index_that_is_no_trace_is_a_damaged_bundle(tmp_path: Path, index: bytes) -> None:
    refused(tmp_path, files(trace_json=index))


def test_an_index_too_large_for_a_trace_is_a_damaged_bundle(tmp_path: Path) -> None:
    assert "bytes" in refused(tmp_path, files(trace_json=json.dumps({**document(), "more": "x" * 2**24}).encode()))


@pytest.mark.parametrize("slots", [0, -1, 10**12, "four", None])
def test_attention_of_a_number_of_tokens_that_cannot_be_is_a_damaged_bundle(tmp_path: Path, slots: object) -> None:
    attention = {**document()["attention"], "shape": [2, slots, 16, 16]}
    refused(tmp_path, files(trace_json=json.dumps({**document(), "attention": attention}).encode()))


def test_a_folder_that_is_a_file_holds_no_trace(tmp_path: Path) -> None:
    (tmp_path / "run").write_bytes(b"")
    with pytest.raises(TraceNotFound):
        open_trace(tmp_path / "run")


def test_pictures_of_another_size_are_a_damaged_bundle(tmp_path: Path) -> None:
    picture = png(60_000, 60_000)
    changed = {**document(), "files": {**document()["files"], "picture.png": len(picture)}}
    refused(tmp_path, files(picture_png=picture, trace_json=json.dumps(changed).encode()))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def paths(wire: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where values stand in a document; of a list the first alone."""
    inside = wire.items() if isinstance(wire, dict) else enumerate(wire[:1]) if isinstance(wire, list) else ()
    for key, value in inside:
        yield (*before, key)
        yield from paths(value, (*before, key))


@quick
@given(path=st.sampled_from(list(paths(document()))), value=VALUES)
def test_an_index_with_any_value_anywhere_opens_or_is_refused(
    tmp_path: Path, path: tuple[Any, ...], value: object
) -> None:
    changed = document()
    inside = changed
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    opened_or_refused(written(tmp_path / "run", files(trace_json=json.dumps(changed).encode())))


@quick
@given(name=st.sampled_from(FILES), place=st.floats(0, 1), noise=st.binary(min_size=1, max_size=16))
def test_a_bundle_with_any_bytes_anywhere_opens_or_is_refused(
    tmp_path: Path, name: str, place: float, noise: bytes
) -> None:
    whole = (STORED / name).read_bytes()
    at = int(place * len(whole))
    changed = (whole[:at] + noise + whole[at + len(noise) :])[: len(whole)]
    opened_or_refused(written(tmp_path / "run", {**files(), name: changed}))


@quick
@given(place=st.floats(0, 1), noise=st.binary(max_size=16), cut=st.booleans())
def test_a_zip_with_any_bytes_anywhere_opens_or_is_refused(
    tmp_path: Path, place: float, noise: bytes, cut: bool
) -> None:
    whole = zipped("run", files())
    at = int(place * len(whole))
    path = tmp_path / "run.zip"
    path.write_bytes(whole[:at] if cut else whole[:at] + noise + whole[at + len(noise) :])
    opened_or_refused(path)


@quick
@given(content=st.binary(max_size=200))
def test_a_zip_of_any_bytes_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run.zip").write_bytes(content)
    opened_or_refused(tmp_path / "run.zip")


def opened_or_refused(path: Path) -> None:
    with contextlib.suppress(TraceNotFound, BundleTooNew, BundleDamaged):
        open_trace(path)


def test_a_bad_checksum_in_a_zip_is_a_damaged_bundle(tmp_path: Path) -> None:
    whole = bytearray(zipped("run", files()))
    at = whole.find(b"run/picture.png") + len("run/picture.png") + 40
    whole[at] ^= 0xFF
    (tmp_path / "run.zip").write_bytes(whole)
    with pytest.raises(BundleDamaged, match=r"picture\.png"):
        open_trace(tmp_path / "run.zip")


@pytest.mark.parametrize("name", [INDEX, ARRAYS, ATTENTION])
def test_a_zip_made_to_fill_memory_is_refused_before_it_does(tmp_path: Path, name: str) -> None:
    size = 2**29
    changed = {**document(), "files": {**document()["files"], name: size}}
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for each, content in {**files(), INDEX: json.dumps(changed).encode()}.items():
            if each != name:
                archive.writestr(f"run/{each}", content)
        with archive.open(f"run/{name}", "w", force_zip64=True) as file:
            for _ in range(size // 2**26):
                file.write(bytes(2**26))
    tracemalloc.start()
    begun = time.monotonic()
    with pytest.raises(BundleDamaged, match="would unpack to"):
        open_trace(tmp_path / "bomb.zip")
    assert tracemalloc.get_traced_memory()[1] < 2**26
    tracemalloc.stop()
    assert time.monotonic() - begun < 5


def test_a_zip_made_elsewhere_with_more_in_it_opens(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "run.zip", "w") as archive:
        archive.writestr("__MACOSX/._run", b"")
        for name, content in files().items():
            archive.writestr(f"run/{name}", content)
            archive.writestr(f"__MACOSX/run/._{name}", b"")
    assert open_trace(tmp_path / "run.zip").id == document()["id"]


def png(width: int, height: int, *texts: tuple[str, str]) -> bytes:
    """A picture of that size, by its header, with texts."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))]
    chunks += [(b"iTXt", f"{keyword}\0\0\0\0\0{text}".encode()) for keyword, text in texts]
    chunks += [(b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


def inside(request: object) -> bytes:
    return png(1, 1, (KEYWORD, json.dumps({"request": request})))


@pytest.mark.parametrize("size", [(60_000, 60_000), (12_000, 12_000), (10**9, 10**9), (0, 0)])
def test_a_picture_made_to_fill_memory_has_no_request(size: tuple[int, int]) -> None:
    tracemalloc.start()
    with pytest.raises(NoRequestInside):
        read_request(png(*size))
    assert tracemalloc.get_traced_memory()[1] < 2**24
    tracemalloc.stop()


@pytest.mark.parametrize("text", ["[" * 200_000, "null", "[]", '{"request": null}', '{"request": {"prompt": 1}}', "{"])
def test_metadata_that_is_no_request_says_so(text: str) -> None:
    with pytest.raises((NoRequestInside, InvalidRequest)):
        read_request(png(1, 1, (KEYWORD, text)))


def test_a_request_that_this_version_cannot_generate_says_why() -> None:
    with pytest.raises(InvalidRequest, match=r"scheduler is '\[/x\]'"):
        read_request(inside({"prompt": "a rabbit", "scheduler": "[/x]"}))


@quick
@given(request=VALUES, cut=st.integers(0, 200))
def test_a_picture_with_any_request_inside_gives_it_or_is_refused(request: object, cut: int) -> None:
    for content in (inside(request), inside({"prompt": "a rabbit", "branched_from": request}), inside(request)[:-cut]):
        with contextlib.suppress(NoRequestInside, InvalidRequest):
            read_request(content)


def test_a_picture_cut_anywhere_gives_its_request_or_is_refused() -> None:
    text, buffer = PngInfo(), io.BytesIO()
    text.add_itxt(KEYWORD, json.dumps({"request": {"prompt": "a rabbit"}}))
    Image.new("RGB", (8, 8)).save(buffer, "PNG", pnginfo=text)
    whole = buffer.getvalue()
    assert read_request(whole).prompt == "a rabbit"
    for end in range(len(whole)):
        with contextlib.suppress(NoRequestInside):
            assert read_request(whole[:end]).prompt == "a rabbit"
