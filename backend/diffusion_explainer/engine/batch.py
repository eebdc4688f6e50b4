"""Jobs that one pipeline call makes, together."""

from __future__ import annotations

from collections.abc import Iterable

from .jobs import Job


class Batch:
    """Runs at once, or waits with others of its `submission`: those take one place of the queue."""

    def __init__(self, jobs: Iterable[Job], submission: object) -> None:
        self.jobs, self.submission = list(jobs), submission
        self.begun = False

    def stopped(self, member: int) -> bool:
        """Whether nobody wants that job any more. From any thread."""
        return self.jobs[member].stop.is_set()

    def unwanted(self) -> bool:
        """Whether nobody wants any of them."""
        return all(job.stop.is_set() for job in self.jobs)
