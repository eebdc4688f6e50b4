"""Runs generations for many who wait: a protocol, the engine that draws, and the makers that draw for it."""

from .cluster import ClusterMaker, connect
from .drawing import DrawingEngine
from .job import Job
from .local import LocalMaker, load_model_of
from .log import Log, Report
from .maker import Maker
from .metrics import Metrics
from .protocol import Engine, ModelStatus, Ticket
from .replay import ReplayEngine

__all__ = [
    "ClusterMaker",
    "DrawingEngine",
    "Engine",
    "Job",
    "LocalMaker",
    "Log",
    "Maker",
    "Metrics",
    "ModelStatus",
    "ReplayEngine",
    "Report",
    "Ticket",
    "connect",
    "load_model_of",
]
