"""Jobs that one pipeline call makes, together."""

from __future__ import annotations

from collections.abc import Iterable

from .job import Job


class Batch:
    """Runs at once, or waits with others of its `submission`: those take one place of the queue."""

    def __init__(self, jobs: Iterable[Job], submission: object) -> None:
        self.jobs, self.submission = list(jobs), submission

    def stopped(self) -> bool:
        """Whether nobody wants any of it any more. From any thread."""
        return all(job.stop.is_set() for job in self.jobs)
