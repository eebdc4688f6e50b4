"""Writers that race, are killed, or find the disk full; storage that fails; bundles that are damaged or dropped."""

import errno
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from fsspec.implementations.local import LocalFileSystem

from diffusion_explainer.errors import BundleDamaged, FileNotInBundle, StorageError, TraceNotFound
from diffusion_explainer.storage import library as library_module
from diffusion_explainer.storage.bundle_format import ARRAYS, ATTENTION, FILES, INDEX
from diffusion_explainer.storage.bundle_store import BundleStore, open_trace
from diffusion_explainer.storage.library import Library
from diffusion_explainer.traces.trace import Trace

from .conftest import STORED, larger, numbered

BACKEND = str(Path(__file__).parents[2] / "backend")


def path_of(store: BundleStore, trace_id: str, name: str) -> str:
    """Where a file of a bundle lies, whichever folder of object storage it is in."""
    found = store.filesystem.find(f"{store.root}/{trace_id}")
    return next(str(path) for path in found if path.rpartition("/")[2] == name)


def beside(library: Library) -> Library:
    return Library(library.store, library.gallery, library.limit)


# Writers


def test_of_writers_of_one_trace_the_first_wins_and_its_bundle_is_whole(anywhere: BundleStore, stored: Trace) -> None:
    start, size = threading.Barrier(6), len(stored.picture_png)

    def save(number: int) -> None:
        start.wait()
        BundleStore(anywhere.filesystem.unstrip_protocol(anywhere.root)).save(larger(stored, number))

    with ThreadPoolExecutor(6) as writers:
        for written in [writers.submit(save, number) for number in range(6)]:
            written.result()
    first = anywhere.open(stored.id)
    assert size <= len(first.picture_png) < size + 6
    assert len(anywhere.filesystem.find(anywhere.root)) == len(FILES)
    anywhere.save(larger(stored, 100))
    assert anywhere.open(stored.id).picture_png == first.picture_png


def test_a_writer_that_comes_second_leaves_the_first_ones_files_alone(
    anywhere: BundleStore, stored: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe_file = anywhere.filesystem.pipe_file
    others: list[Trace] = [larger(stored, 1)]

    def overtaken(path: str, *args: Any, **kwargs: Any) -> None:
        if path.endswith(INDEX) and others:
            anywhere.save(others.pop())
        pipe_file(path, *args, **kwargs)

    monkeypatch.setattr(anywhere.filesystem, "pipe_file", overtaken)
    anywhere.save(stored)
    assert anywhere.open(stored.id).picture_png == larger(stored, 1).picture_png
    assert len(anywhere.filesystem.find(anywhere.root)) == len(FILES)


def test_a_bundle_of_any_storage_gives_its_files_as_they_are_on_a_disk(
    anywhere: BundleStore, stored: Trace, tmp_path: Path
) -> None:
    anywhere.save(stored)
    for name in anywhere.files(stored.id):
        (tmp_path / name).write_bytes(anywhere.read(stored.id, name))
    assert open_trace(tmp_path).picture_png == stored.picture_png
    assert "folder" not in anywhere.document(stored.id)


@pytest.mark.parametrize("change", ["dropped", "replaced"])
def test_a_bundle_that_goes_takes_nothing_of_a_writer_that_is_at_work(stored: Trace, change: str) -> None:
    store = BundleStore("memory://at-work")
    store.save(stored)
    begun = f"{store.root}/{stored.id}/{'f' * 32}/{ARRAYS}"
    store.filesystem.pipe_file(begun, b"whole")
    if change == "dropped":
        store.delete(stored.id)
    else:
        stored.save(f"memory://at-work/{stored.id}")
        assert store.has(stored.id)
    left = store.filesystem.find(store.root)
    assert begun in left
    assert len(left) == (1 if change == "dropped" else 1 + len(FILES))


# Bundles that go or are damaged


def test_a_trace_that_is_dropped_while_it_is_read_is_not_there(
    anywhere: BundleStore, stored: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    anywhere.save(stored)
    cat_file, to_drop = anywhere.filesystem.cat_file, list[str]()

    def dropped(path: str) -> bytes:
        content: bytes = cat_file(path)
        if path.endswith(INDEX) and to_drop:
            anywhere.delete(to_drop.pop())
        return content

    for read in (anywhere.open, lambda trace_id: anywhere.read(trace_id, ARRAYS)):
        anywhere.save(stored)
        to_drop.append(stored.id)
        with monkeypatch.context() as patch:
            patch.setattr(anywhere.filesystem, "cat_file", dropped)
            with pytest.raises(TraceNotFound):
                read(stored.id)


def test_a_bundle_without_its_attention_is_one_that_has_none(anywhere: BundleStore, stored: Trace) -> None:
    anywhere.save(stored)
    anywhere.filesystem.rm_file(path_of(anywhere, stored.id, ATTENTION))
    assert anywhere.has(stored.id)
    assert ATTENTION not in anywhere.files(stored.id)
    assert anywhere.open(stored.id).stacked("attention") is None
    with pytest.raises(FileNotInBundle):
        anywhere.read(stored.id, ATTENTION)


DAMAGES: dict[str, Callable[[bytes], bytes | None]] = {
    "empty": lambda whole: b"",
    "short": lambda whole: whole[:-1],
    "garbage of the same size": lambda whole: b"x" * len(whole),
    "missing": lambda whole: None,
}


@pytest.mark.parametrize("name", [INDEX, ARRAYS, "picture.png"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_trace_is_set_aside_and_stored_again(
    anywhere: BundleStore, stored: Trace, tmp_path: Path, name: str, damage: str
) -> None:
    library = Library(anywhere, BundleStore(tmp_path / "gallery"), limit=9)
    library.save(stored)
    path = path_of(anywhere, stored.id, name)
    content = DAMAGES[damage](anywhere.filesystem.cat_file(path))
    anywhere.filesystem.rm_file(path)
    if content is not None:
        anywhere.filesystem.pipe_file(path, content)
    with pytest.raises((BundleDamaged, TraceNotFound)) as told:
        library.open(stored.id)
    assert str(tmp_path) not in str(told.value)
    assert not library.has(stored.id)
    library.save(stored)
    assert library.open(stored.id).picture_png == stored.picture_png


def test_a_damaged_trace_is_found_out_before_it_is_read(anywhere: BundleStore, stored: Trace) -> None:
    anywhere.save(stored)
    anywhere.filesystem.pipe_file(path_of(anywhere, stored.id, ARRAYS), b"")
    assert not anywhere.has(stored.id)
    anywhere.save(stored)
    assert anywhere.has(stored.id)
    assert anywhere.open(stored.id).picture_png == stored.picture_png


def test_what_is_set_aside_is_kept(library: Library, stored: Trace) -> None:
    library.save(stored)
    Path(library.store.root, stored.id, ARRAYS).write_bytes(b"")
    with pytest.raises(BundleDamaged, match=ARRAYS):
        library.open(stored.id)
    (aside,) = Path(library.store.root).iterdir()
    assert aside.name.endswith(".damaged")
    library.store.sweep()
    assert (aside / "picture.png").read_bytes() == stored.picture_png


def test_a_damaged_trace_of_the_gallery_stays_there_and_another_is_stored(library: Library, stored: Trace) -> None:
    library.gallery.save(stored)
    arrays = Path(library.gallery.root, stored.id, ARRAYS)
    arrays.write_bytes(b"x" * arrays.stat().st_size)
    with pytest.raises(TraceNotFound):
        library.open(stored.id)
    assert not library.has(stored.id)
    library.save(stored)
    assert library.open(stored.id).picture_png == stored.picture_png
    assert [path.name for path in Path(library.gallery.root).iterdir()] == [stored.id]


# Many traces, many servers


def test_nobody_waits_while_a_large_store_is_listed(
    library: Library, stored: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(self: BundleStore) -> dict[str, float]:
        begun.set()
        go_on.wait(30)
        return {}

    monkeypatch.setattr(BundleStore, "written", slow)
    with ThreadPoolExecutor(1) as first:
        listing = first.submit(library.save, numbered(stored, 1))
        assert begun.wait(30)
        library.save(numbered(stored, 2))
        assert library.open(f"{2:016x}").id == f"{2:016x}"
        assert library.has(f"{1:016x}")
        assert not listing.done()
        go_on.set()
        listing.result()


def test_a_store_of_any_size_is_one_listing(
    anywhere: BundleStore, stored: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        anywhere.save(numbered(stored, number))
    for name in ("exists", "info", "cat_file", "modified", "ls"):
        monkeypatch.setattr(anywhere.filesystem, name, None)
    assert anywhere.ids() == [f"{number:016x}" for number in range(5)]
    assert all(abs(time.time() - when) < 600 for when in anywhere.written().values())


def test_the_trace_that_was_not_used_for_longest_goes_first(library: Library, stored: Trace) -> None:
    library.limit = 2
    for number in (1, 2):
        library.save(numbered(stored, number))
    library.read(f"{1:016x}", INDEX)
    library.save(numbered(stored, 3))
    assert library.store.ids() == [f"{1:016x}", f"{3:016x}"]


def test_two_servers_on_one_store_keep_it_whole_and_within_its_limit(
    library: Library, stored: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_module, "_LISTED_AGAIN", 0.0)
    library.limit = 5
    servers = (library, beside(library))

    def serve(server: Library) -> None:
        for number in range(20):
            server.save(larger(numbered(stored, number), id(server) % 7))
            with suppress(TraceNotFound):
                server.open(f"{number - 2:016x}")

    with ThreadPoolExecutor(2) as threads:
        for served in [threads.submit(serve, server) for server in servers]:
            served.result()
    left = library.store.ids()
    assert 0 < len(left) <= 5
    assert sorted(path.name for path in Path(library.store.root).iterdir()) == left
    for trace_id in left:
        library.open(trace_id)


# Disks and storage that fail


def test_a_full_disk_says_so_and_leaves_nothing_behind(
    library: Library, stored: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.save(numbered(stored, 1))

    def full(self: Any, path: str, *args: Any, **kwargs: Any) -> None:
        Path(path).write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)

    with monkeypatch.context() as patch:
        patch.setattr(LocalFileSystem, "pipe_file", full)
        with pytest.raises(StorageError) as told:
            library.save(stored)
    assert str(told.value) == "The storage cannot be written: the disk is full."
    assert [path.name for path in Path(library.store.root).iterdir()] == [f"{1:016x}"]
    library.save(stored)
    assert library.open(stored.id).id == stored.id


def test_a_disk_that_is_really_full_or_read_only(stored: Trace, tmp_path: Path) -> None:
    def mount(*options: str) -> None:
        command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(tmp_path)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("a disk of its own is not permitted here (mount)")

    mount("size=600k")
    try:
        store = BundleStore(tmp_path / "store")
        store.save(numbered(stored, 0))

        def fill() -> None:
            for number in range(1, 100):
                store.save(numbered(stored, number))

        with pytest.raises(StorageError, match="the disk is full"):
            fill()
        there = sorted(path.name for path in (tmp_path / "store").iterdir())
        assert store.ids() == there != []
        mount("remount", "ro")
        library = Library(store, BundleStore(tmp_path / "gallery"), limit=1)
        with pytest.raises(StorageError, match="it is read-only"):
            library.save(stored)
        for trace_id in there:
            library.open(trace_id)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


@pytest.mark.parametrize("reason", [errno.EROFS, errno.EACCES])
def test_a_store_that_cannot_be_written_is_still_read(
    library: Library, stored: Trace, monkeypatch: pytest.MonkeyPatch, reason: int
) -> None:
    library.save(stored)
    library.save(numbered(stored, 1))
    Path(library.store.root, f"{1:016x}", ARRAYS).write_bytes(b"")

    def refused(self: Path, *args: Any, **kwargs: Any) -> None:
        raise OSError(reason, os.strerror(reason), str(self))

    for name in ("mkdir", "rename", "unlink"):
        monkeypatch.setattr(Path, name, refused)
    assert library.open(stored.id).id == stored.id
    with pytest.raises(BundleDamaged):
        library.open(f"{1:016x}")
    with pytest.raises(StorageError, match="read-only" if reason == errno.EROFS else "Permission denied") as told:
        library.save(numbered(stored, 2))
    assert library.store.root not in str(told.value)
    library.store.sweep()


class Unreliable(ThreadingHTTPServer):
    """Passes requests on to object storage, late; `fails(number)` says which of them it answers with 503 instead."""

    def __init__(self, behind: str) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.behind, self.delay, self.number = httpx.Client(base_url=behind), 0.0, 0
        self.fails: Callable[[int], bool] = lambda number: False

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Unreliable

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline()
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.number += 1
        time.sleep(self.server.delay)
        if self.server.fails(self.server.number):
            self._answer(503, {}, b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>")
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
        found = self.server.behind.request(self.command, self.path, content=content, headers=headers)
        self._answer(found.status_code, dict(found.headers), found.content)

    def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        length = headers.get("content-length", str(len(content))) if self.command == "HEAD" else str(len(content))
        for name, value in {**headers, "content-length": length}.items():
            if name not in ("connection", "transfer-encoding", "content-encoding", "date", "server"):
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def unreliable(s3: str, object_storage: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Unreliable]:
    """Object storage behind what can fail; the environment has its address."""
    server = Unreliable(object_storage)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.address)
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
    server.behind.close()


def test_object_storage_that_fails_now_and_then_or_is_slow_is_asked_again(
    unreliable: Unreliable, s3: str, stored: Trace
) -> None:
    unreliable.fails, unreliable.delay = lambda number: number % 3 == 0, 0.05
    store = BundleStore(s3)
    store.save(stored)
    assert store.has(stored.id)
    assert store.open(stored.id).picture_png == stored.picture_png
    assert store.ids() == [stored.id]


def test_object_storage_that_is_away_says_so_and_holds_no_half_bundle(
    unreliable: Unreliable, s3: str, stored: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")  # else it asks for minutes
    store = BundleStore(s3)
    store.save(numbered(stored, 1))
    begun = unreliable.number
    unreliable.fails = lambda number: number > begun + 4
    with pytest.raises(StorageError) as told:
        store.save(stored)
    assert unreliable.address not in str(told.value)
    with pytest.raises(StorageError):
        store.open(f"{1:016x}")
    unreliable.fails = lambda number: False
    assert store.ids() == [f"{1:016x}"]
    store.save(stored)
    assert store.open(stored.id).picture_png == stored.picture_png


# Writers that are killed

WRITER = """
import sys
from dataclasses import replace
from diffusion_explainer.storage.bundle_store import BundleStore, open_trace
trace, store = open_trace(sys.argv[1]), BundleStore(sys.argv[2])
print("ready", flush=True)
for number in range(10**6):
    store.save(replace(trace, id=f"{number:016x}"))
    print(f"{number:016x}", flush=True)
"""


def killed(url: str, seconds: float, writing: Callable[[], bool] = lambda: True) -> list[str]:
    """The ids that a writer had stored when it was killed, some time after it began, and while it was `writing`."""
    command = [sys.executable, "-c", WRITER, str(STORED), url]
    with subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": BACKEND}, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(seconds)
        while not writing():
            pass
        writer.send_signal(signal.SIGKILL)
        lines = writer.stdout.read().splitlines(keepends=True)
    return [line.strip() for line in lines if line.endswith("\n")]


def check_whole(store: BundleStore, reported: list[str]) -> None:
    assert set(reported) <= set(store.ids())
    for trace_id in store.ids():
        assert store.has(trace_id)
        store.open(trace_id)


@pytest.mark.parametrize("times", [2, pytest.param(50, marks=pytest.mark.slow)])
def test_a_writer_that_is_killed_leaves_no_half_bundle_and_loses_none(tmp_path: Path, times: int) -> None:
    chance, kills, in_mid_write, written = random.Random(3), 0, 0, 0
    while in_mid_write < times:
        folder = tmp_path / str(kills)
        folder.mkdir()

        def partial(folder: Path = folder) -> list[Path]:
            return list(folder.glob("*.partial"))

        reported = killed(str(folder), chance.uniform(0.0, 0.1), lambda: bool(partial()))
        store = BundleStore(folder)
        check_whole(store, reported)
        kills, in_mid_write, written = kills + 1, in_mid_write + len(partial()), written + len(reported)
        for path in partial():
            os.utime(path, (0, 0))
        store.sweep()
        assert sorted(path.name for path in folder.iterdir()) == store.ids()
    print(f"{kills} writers killed, {in_mid_write} in mid-write, {written} traces written")  # for docs/reliability.md


@pytest.mark.parametrize("times", [1, pytest.param(10, marks=pytest.mark.slow)])
def test_a_writer_to_object_storage_that_is_killed_leaves_no_half_bundle(s3: str, times: int) -> None:
    chance = random.Random(3)
    for number in range(times):
        url = f"{s3}/{number}"
        check_whole(BundleStore(url), killed(url, chance.uniform(0.0, 1.0)))
