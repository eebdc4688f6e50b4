"""The server's log: one line an event, as text or JSON, without stack traces unless asked."""

from __future__ import annotations

import json
import logging
import traceback

from diffusion_explainer.settings import Settings

from .request_id import request_id


def configure(settings: Settings) -> None:
    """Sends all that is logged to standard error, as the settings say."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines(as_json=settings.log_format == "json", traces=settings.log_level == "debug"))
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)


class Lines(logging.Formatter):
    """`traces`: whether an error comes with its stack trace, else with its type only."""

    def __init__(self, as_json: bool = False, traces: bool = False) -> None:
        super().__init__()
        self._as_json, self._traces = as_json, traces

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        fields = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage().partition("\n")[0],
            "request_id": request_id.get(),
            "error": record.exc_info and record.exc_info[0] and record.exc_info[0].__name__,
        }
        told = {name: value for name, value in fields.items() if value}
        trace = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info and self._traces else ""
        if self._as_json:
            return json.dumps({**told, "trace": trace} if trace else told, ensure_ascii=False)
        names = ("request_id", "error")
        line = f"{told['time']} {told['level']} {told['logger']}: {told.get('message', '')}"
        return " ".join([line, *(f"{name}={told[name]}" for name in names if name in told)]) + (trace and f"\n{trace}")
