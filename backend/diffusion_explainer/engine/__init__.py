"""Runs generations for many who wait: a protocol, the engine that draws, and the makers that draw for it."""

from .engine import DrawingEngine
from .event_log import Log, Report
from .jobs import Job
from .metrics import Metrics
from .protocol import Engine, ModelStatus, Ticket
from .replay import ReplayEngine
from .workers.local import LocalMaker, load_model_of
from .workers.protocol import Maker
from .workers.ray import ClusterMaker, connect

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
