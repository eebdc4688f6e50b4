"""The command line: serve, trace, precompute, bench."""

from .app import app

__all__ = ["app"]
