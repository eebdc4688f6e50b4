"""What an engine counts, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_STEP_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
_BATCH_RUNS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_TRACE_SECONDS = (0.5, 1, 2, 3, 4, 6, 10, 20, 60, 180, 600)


class Metrics:
    """Counters of one engine, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.jobs = Counter(
            "diffusion_explainer_jobs", "Jobs that ended, by outcome.", ["outcome"], registry=self.registry
        )
        self.waiting = Gauge("diffusion_explainer_jobs_waiting", "Jobs in the queue.", registry=self.registry)
        self.running = Gauge("diffusion_explainer_jobs_running", "Jobs under way.", registry=self.registry)
        self.step_seconds = Histogram(
            "diffusion_explainer_step_seconds",
            "Time of one step.",
            buckets=_STEP_SECONDS,
            registry=self.registry,
        )
        self.trace_seconds = Histogram(
            "diffusion_explainer_trace_seconds",
            "Time of one whole generation.",
            buckets=_TRACE_SECONDS,
            registry=self.registry,
        )
        self.batch_runs = Histogram(
            "diffusion_explainer_batch_runs",
            "Runs that share one call of the UNet or of the decoder.",
            buckets=_BATCH_RUNS,
            registry=self.registry,
        )
        self.shares = Gauge("diffusion_explainer_shares", "Shares of clients in jobs.", registry=self.registry)
        self.problems = Counter(
            "diffusion_explainer_problems", "Problems that were answered, by kind.", ["kind"], registry=self.registry
        )
        self.failures = Counter(
            "diffusion_explainer_failures", "Jobs that failed, by kind.", ["kind"], registry=self.registry
        )
        self.evictions = Counter(
            "diffusion_explainer_store_evictions",
            "Traces that the store dropped to stay within its limit.",
            registry=self.registry,
        )
