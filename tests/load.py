"""Mixed traffic on a real server, and what became of it: `.venv/bin/python tests/load.py --minutes 30`.

Eight clients make new runs, join equal ones, close streams in the middle, stop runs, read stored files, send bad input,
and ask for grids, layouts by UMAP, films and reports. Ends with 1 if a job was lost, a bound was passed, an answer was
5xx (but "busy"), or the memory grew by more than 5 % after the first quarter.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from event_streams import Sent, read_events, read_group_events
from server_process import ServerProcess, serve

CLIENTS = 8
QUEUE_LIMIT = 4
STORE_LIMIT = 60
LARGEST_GROUP = 4  # runs of a grid of this traffic
SAMPLE_EVERY = 5.0  # seconds
GROWTH = 0.05
JOBS = "diffusion_explainer_jobs"

BAD_INPUT = (
    ("POST", "/api/traces", '{"prompt": 7}'),
    ("POST", "/api/traces", '{"prompt": "a fox", "steps": 1000000}'),
    ("POST", "/api/traces", "[" * 100_000),
    ("POST", "/api/traces", '{"prompt": "' + "x" * 300_000 + '"}'),
    ("POST", "/api/grids", '{"request": {"prompt": "a fox"}, "rows": {"setting": "seed", "values": []}}'),
    ("POST", "/api/comparisons", '{"requests": []}'),
    ("GET", "/api/traces/0123456789abcdef/files/..%2f..%2ftrace.json", ""),
    ("GET", "/api/events?follow=nothing", ""),
    ("DELETE", "/api/traces/0123456789abcdef", ""),
)


class TurnedAway(Exception):
    """429, or 503 with Retry-After: the server has enough to do."""


class Record:
    """What clients and the watch saw."""

    def __init__(self) -> None:
        self.did, self.wrong = Counter[str](), list[str]()
        self.file_seconds = list[float]()
        self.memory, self.waiting, self.stored = list[int](), list[int](), list[int]()


class Client:
    """One reader of the page, who does one thing after another."""

    def __init__(self, url: str, number: int, record: Record) -> None:
        self.http = httpx.Client(base_url=url, timeout=120)
        self.chance, self.record = random.Random(number), record
        self.gallery = [listing["id"] for listing in self.ask("GET", "/api/gallery").json()["traces"]]

    def work(self, until: float) -> None:
        while time.monotonic() < until:
            (action,) = self.chance.choices(list(ACTIONS), list(ACTIONS.values()))
            try:
                action(self)
                self.record.did[action.__name__] += 1
            except TurnedAway:
                self.record.did["turned away"] += 1
                time.sleep(1)
            except Exception as error:  # whatever it is, it is what this looks for
                self.record.wrong.append(f"{action.__name__}: {type(error).__name__}: {error}")
            time.sleep(self.chance.uniform(0.0, 0.5))

    def ask(self, method: str, address: str, **options: Any) -> httpx.Response:
        """An answer that is none of an error. Raises TurnedAway."""
        answer = self.http.request(method, address, **options)
        if answer.status_code == 429 or "retry-after" in answer.headers:
            raise TurnedAway
        return answer.raise_for_status()

    def request(self) -> dict[str, Any]:
        """One of a few hundred, so that some are stored and some are under way."""
        subject = self.chance.choice(("a fox in the snow", "a cute rabbit in space, pixel art", "a red house"))
        return {"prompt": subject, "seed": self.chance.randrange(100), "steps": self.chance.randint(2, 12)}

    def draw_to_the_end(self) -> None:
        ticket = self.ask("POST", "/api/traces", json=self.request()).json()
        ended = self.last(read_events(self.http, ticket["id"], params={"share": ticket.get("share", "none")}))
        assert ended.name == "done", f"a run ended so: {ended}"
        document = self.ask("GET", f"/api/traces/{ticket['id']}").json()
        self.ask("GET", f"/api/traces/{ticket['id']}/files/{next(iter(document['files']))}")

    def close_in_the_middle(self) -> None:
        ticket = self.ask("POST", "/api/traces", json={**self.request(), "steps": 50}).json()
        events = read_events(self.http, ticket["id"], params={"share": ticket.get("share")})
        for _ in itertools.islice(events, self.chance.randint(1, 6)):
            pass

    def stop(self) -> None:
        ticket = self.ask("POST", "/api/traces", json={**self.request(), "steps": 50}).json()
        if "share" in ticket:
            self.ask("DELETE", f"/api/traces/{ticket['id']}", params={"share": ticket["share"]})

    def draw_a_grid(self) -> None:
        seed = self.chance.randrange(100)
        asked = {
            "request": {**self.request(), "steps": 4},
            "rows": {"setting": "seed", "values": [seed, seed + 1]},
            "columns": {"setting": "guidance_scale", "values": [2, 7.5]},
        }
        grid = self.ask("POST", "/api/grids", json=asked).json()
        follow = {"share": grid.get("share"), "arrays": "false"}
        assert self.last(read_group_events(self.http, "grids", grid["id"], params=follow)).name == "ended"
        self.ask("GET", f"/api/grids/{grid['id']}/picture")

    def read_files(self) -> None:
        for trace_id in self.chance.sample(self.gallery, 4):
            for name in ("picture.png", "arrays.safetensors"):
                begun = time.perf_counter()
                self.ask("GET", f"/api/traces/{trace_id}/files/{name}")
                self.record.file_seconds.append(time.perf_counter() - begun)

    def lay_out_by_umap(self) -> None:
        self.ask("GET", f"/api/trajectories/{self.chance.choice(self.gallery)}/umap")

    def take_a_film(self) -> None:
        suffix = self.chance.choice(("webp", "gif", "html", "zip"))
        self.ask("GET", f"/api/traces/{self.chance.choice(self.gallery)}/exports/{suffix}")

    def send_bad_input(self) -> None:
        method, address, content = self.chance.choice(BAD_INPUT)
        status = self.http.request(method, address, content=content).status_code
        assert 400 <= status < 500, f"{method} {address} {content[:40]}: {status}"

    def last(self, events: Iterator[Sent]) -> Sent:
        """The last event of a stream, which a job that is lost would not have."""
        return list(events)[-1]


ACTIONS: dict[Callable[[Client], None], int] = {  # and how often
    Client.read_files: 40,
    Client.draw_to_the_end: 25,
    Client.close_in_the_middle: 8,
    Client.stop: 8,
    Client.send_bad_input: 8,
    Client.draw_a_grid: 4,
    Client.take_a_film: 4,
    Client.lay_out_by_umap: 2,
}


def metrics(http: httpx.Client) -> dict[str, float]:
    families = text_string_to_metric_families(http.get("/metrics").text)
    return {sample.name: sample.value for family in families for sample in family.samples if not sample.labels}


def memory(pid: int) -> int:
    """What a process holds, in bytes."""
    held = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, check=True)
    return 1024 * int(held.stdout)


def watch(server: ServerProcess, store: Path, record: Record, ended: threading.Event) -> None:
    with httpx.Client(base_url=server.url, timeout=60) as http:
        while not ended.wait(SAMPLE_EVERY):
            record.memory.append(memory(server.pid))
            record.waiting.append(int(metrics(http)[f"{JOBS}_waiting"]))
            record.stored.append(len(list(store.glob("*/trace.json"))))


def send_traffic(server: ServerProcess, seconds: float, record: Record) -> None:
    clients, until = [Client(server.url, number, record) for number in range(CLIENTS)], time.monotonic() + seconds
    with ThreadPoolExecutor(CLIENTS) as threads:
        for worked in [threads.submit(client.work, until) for client in clients]:
            worked.result()


def check_at_rest(server: ServerProcess, record: Record) -> None:
    """Nothing waits or runs any more, half a minute after the last client left, and the gallery is whole."""
    with httpx.Client(base_url=server.url, timeout=60) as http:
        for _ in range(30):
            time.sleep(1)
            at_rest = metrics(http)
        left = {name: at_rest[name] for name in (f"{JOBS}_waiting", f"{JOBS}_running") if at_rest[name]}
        if left:
            record.wrong.append(f"jobs are left: {left}")
        for listing in http.get("/api/gallery").json()["traces"]:
            if http.get(f"/api/traces/{listing['id']}").status_code != 200:
                record.wrong.append(f"{listing['id']} of the gallery is gone")


def growth(held: list[int]) -> float:
    """Of the last quarter over the second, medians; the first is the warm-up."""
    quarter = max(1, len(held) // 4)
    return statistics.median(held[-quarter:]) / statistics.median(held[quarter : 2 * quarter]) - 1


def tenths(held: list[int]) -> list[int]:
    """Medians of ten parts of the time, in MiB."""
    size = max(1, len(held) // 10)
    return [round(statistics.median(held[start : start + size]) / 2**20) for start in range(0, len(held), size)]


def report(record: Record) -> bool:
    files = sorted(record.file_seconds)
    grown, waiting, stored = growth(record.memory), max(record.waiting), max(record.stored)
    print(dict(record.did))
    print(f"memory: {tenths(record.memory)} MiB, growth {grown:.1%}")
    print(f"waiting: at most {waiting} jobs; stored: at most {stored} of {STORE_LIMIT}")
    print(
        f"{len(files)} stored files: median {files[len(files) // 2]:.3f} s, p99 {files[len(files) * 99 // 100]:.3f} s"
    )
    for what, times in Counter(record.wrong).most_common():
        print(f"wrong, {times} times: {what}")
    bounded = waiting <= LARGEST_GROUP * (QUEUE_LIMIT + 1) and stored <= STORE_LIMIT + CLIENTS
    return grown <= GROWTH and bounded and not record.wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    seconds, record, ended = 60 * parser.parse_args().minutes, Record(), threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        with serve(store, store_limit=STORE_LIMIT, queue_limit=QUEUE_LIMIT) as server:
            watching = threading.Thread(target=watch, args=(server, store, record, ended))
            watching.start()
            send_traffic(server, seconds, record)
            ended.set()
            watching.join()
            check_at_rest(server, record)
    return 0 if report(record) else 1


if __name__ == "__main__":
    sys.exit(main())
