import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from diffusion_explainer.errors import TraceNotFound
from diffusion_explainer.storage.bundle_store import BundleStore
from diffusion_explainer.storage.library import Library
from diffusion_explainer.traces.trace import Trace


def _numbered(trace: Trace, number: int) -> Trace:
    return replace(trace, id=f"{number:016x}")


def test_the_oldest_traces_go_when_there_are_too_many(library: Library, trace: Trace) -> None:
    library.limit = 2
    for number in (3, 1, 2):
        library.save(_numbered(trace, number))
    assert library.store.ids() == [f"{1:016x}", f"{2:016x}"]


def test_a_library_that_is_opened_again_knows_which_is_oldest(library: Library, trace: Trace) -> None:
    for number in (3, 1, 2):
        library.save(_numbered(trace, number))
    again = Library(library.store, library.gallery, limit=2)
    again.save(_numbered(trace, 4))
    assert again.store.ids() == [f"{2:016x}", f"{4:016x}"]


def test_the_gallery_is_read_and_never_written_to(library: Library, trace: Trace) -> None:
    library.gallery.save(trace)
    library.limit = 1
    for number in (1, 2):
        library.save(_numbered(trace, number))
    assert library.has(trace.id)
    assert library.document(trace.id)["id"] == library.open(trace.id).id == trace.id
    assert library.gallery.ids() == [trace.id]


def test_a_trace_that_is_nowhere_is_named(library: Library) -> None:
    with pytest.raises(TraceNotFound, match="0123456789abcdef"):
        library.read("0123456789abcdef", "trace.json")


def test_another_may_have_dropped_a_trace_first(library: Library, trace: Trace) -> None:
    library.limit = 1
    library.save(_numbered(trace, 1))
    BundleStore(library.store.root).delete(f"{1:016x}")
    library.save(_numbered(trace, 2))
    assert library.store.ids() == [f"{2:016x}"]


@pytest.mark.parametrize("hours", [-1, 1, 0])
def test_a_clock_that_jumps_changes_nothing_about_which_trace_goes_first(
    library: Library, trace: Trace, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    library.limit, clock = 2, time.time
    for number in (1, 2):
        library.save(_numbered(trace, number))
    monkeypatch.setattr(time, "time", lambda: clock() + 3600 * hours)
    for number in (3, 4):
        library.save(_numbered(trace, number))
        monkeypatch.setattr(time, "time", clock)
    assert library.store.ids() == [f"{3:016x}", f"{4:016x}"]


def test_a_store_whose_clock_is_ahead_does_not_drop_what_was_just_written(library: Library, trace: Trace) -> None:
    for number in (1, 2):
        library.save(_numbered(trace, number))
    tomorrow = time.time() + 86_400
    for path in Path(library.store.root).glob("*/trace.json"):
        os.utime(path, (tomorrow, tomorrow))
    again = Library(library.store, library.gallery, limit=1)
    again.save(_numbered(trace, 3))
    assert again.store.ids() == [f"{3:016x}"]
