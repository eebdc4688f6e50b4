"""The HTTP side: JSON, server-sent events, files and the page."""

from .app import create_app

__all__ = ["create_app"]
