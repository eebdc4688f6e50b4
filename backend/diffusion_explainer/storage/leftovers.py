"""What writers left that were interrupted: partial folders on a disk, objects that no index names in object storage."""

from __future__ import annotations

import contextlib
import json
import math
import re
import shutil
import time
from collections import defaultdict
from pathlib import Path
from typing import TypeAlias

from fsspec import AbstractFileSystem

from .bundle_format import FOLDER, INDEX
from .folder import is_local, storage, written_at

_PARTIAL = re.compile(r"[0-9a-f]{16}(\.[0-9a-f]{32}\.partial(\.replaced)?)+")
_OBJECT = re.compile(r"(?P<id>[0-9a-f]{16})/(?P<name>([0-9a-f]{32}/)?[^/]+)")
_WRITING = 3600.0  # seconds that writing a bundle takes at most

Written: TypeAlias = dict[str, float]  # the objects of one trace by their names, and when each was written


def sweep(filesystem: AbstractFileSystem, root: str) -> None:
    """Removes them; what is recent may still be being written. Raises StorageError if they cannot be listed."""
    if is_local(filesystem):
        _sweep_disk(Path(root))
    else:
        _sweep_objects(filesystem, root)


def _sweep_disk(root: Path) -> None:
    with storage("read"):
        paths = list(root.iterdir()) if root.is_dir() else []
    for path in paths:
        with contextlib.suppress(OSError):  # another process removed it first, or nobody may
            if _PARTIAL.fullmatch(path.name) and _is_old(path.stat().st_mtime):
                shutil.rmtree(path)


def _sweep_objects(filesystem: AbstractFileSystem, root: str) -> None:
    for trace_id, objects in _objects(filesystem, root).items():
        with contextlib.suppress(Exception):  # as above; libraries of object storage have errors of their own
            for name in _unnamed(filesystem, f"{root}/{trace_id}", objects):
                filesystem.rm_file(f"{root}/{trace_id}/{name}")


def _objects(filesystem: AbstractFileSystem, root: str) -> dict[str, Written]:
    objects: dict[str, Written] = defaultdict(dict)
    with storage("read"):
        for path, info in filesystem.find(root, detail=True).items():
            if found := _OBJECT.fullmatch(path.removeprefix(f"{root}/")):
                objects[found["id"]][found["name"]] = written_at(info) or math.inf  # nobody knows: never old
    return objects


def _unnamed(filesystem: AbstractFileSystem, folder: str, objects: Written) -> list[str]:
    """The objects of one trace that are old, and whose folder its index does not name."""
    beside = [name for name in objects if "/" not in name]
    folders = {name.partition("/")[0] for name in objects if "/" in name}
    if beside not in ([], [INDEX]) or (beside and len(folders) == 1):
        return []  # something was set aside, and is kept; or the folder is the index's
    if beside:
        folders.discard(json.loads(filesystem.cat_file(f"{folder}/{INDEX}"))[FOLDER])
    return [name for each in folders for name in _of_old(each, objects)]


def _of_old(folder: str, objects: Written) -> list[str]:
    names = [name for name in objects if name.startswith(f"{folder}/")]
    return names if _is_old(max(objects[name] for name in names)) else []


def _is_old(written: float) -> bool:
    return time.time() - written > _WRITING
