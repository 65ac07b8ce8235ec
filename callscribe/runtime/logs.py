"""Logs: one line an entry, for a person or as JSON. Ids, offsets and counts; never a word that was said."""

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_FOREIGN = frozenset({"color_message"})
"""Extras that libraries add for formatters of their own (uvicorn)."""
_TEMPORAL = {
    "temporal_workflow": {"workflow_id": "workflow"},
    "temporal_activity": {"workflow_id": "workflow", "activity_type": "activity", "attempt": "attempt"},
}
"""What Temporal's loggers hang on a record, and the names under which we show it."""


def configure(level: str = "info", form: str = "text") -> None:
    """Send this process's logs to standard error; `level` and `form` as in `CALLSCRIBE_LOG_LEVEL` and `…_FORMAT`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter() if form == "json" else _TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "azure", "websockets", "uvicorn.access", "aiosqlite", "alembic"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


def _extras(record: logging.LogRecord) -> dict[str, object]:
    """What the record's writer added, and which call and activity Temporal was at; keys in this order."""
    found: dict[str, object] = {}
    for context, names in _TEMPORAL.items():
        values = getattr(record, context, None)
        if isinstance(values, Mapping):
            found.update({short: values[name] for name, short in names.items() if name in values})
    added = {
        name: value
        for name, value in vars(record).items()
        if name not in _STANDARD and name not in _FOREIGN and not name.startswith(("temporal_", "__temporal_"))
    }
    return {**found, **added}


def _one_line(text: str) -> str:
    """Line breaks and other control characters made visible: what comes from outside must not forge an entry."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _pair(name: str, value: object) -> str:
    text = _one_line(str(value))
    return f" {name}={json.dumps(text, ensure_ascii=False)}" if not text or " " in text else f" {name}={text}"


def _traceback_wanted(record: logging.LogRecord) -> bool:
    """Not for an error that an activity of ours raised on purpose: Temporal's logger has the whole of its sentence.

    Known by its name, so that this module needs nothing of Temporal.
    """
    if not record.exc_info or record.exc_info[1] is None:
        return False
    return not (record.name.startswith("temporalio.") and type(record.exc_info[1]).__name__ == "ApplicationError")


def _message(record: logging.LogRecord) -> str:
    message = record.getMessage()
    if record.exc_info and record.exc_info[1] is not None and not _traceback_wanted(record):
        return f"{message}: {record.exc_info[1]}"
    return message


class _TextFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        instant = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S.%f")[:-3]
        pairs = "".join(_pair(name, value) for name, value in _extras(record).items())
        message = _one_line(_message(record))
        line = f"{instant} {record.levelname.lower():7} {record.name}: {message}{pairs}"
        if record.exc_info and _traceback_wanted(record):
            return f"{line}\n{self.formatException(record.exc_info)}"
        return line


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            **_extras(record),
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        if record.exc_info and _traceback_wanted(record):
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str)
