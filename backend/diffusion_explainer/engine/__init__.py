"""Runs generations for many who wait: a protocol, and the engine that runs in this process."""

from .job import Job
from .local import LocalEngine
from .log import Log, Report
from .metrics import Metrics
from .protocol import Engine, ModelStatus, Ticket
from .replay import ReplayEngine

__all__ = ["Engine", "Job", "LocalEngine", "Log", "Metrics", "ModelStatus", "ReplayEngine", "Report", "Ticket"]
