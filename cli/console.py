"""Where output goes: results to standard output, everything else to standard error; colours only where wanted."""

import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from rich.console import Console

PIPE_WIDTH = 160
"""Columns of a table that no terminal shows."""


def stdout() -> Console:
    """A console on standard output. Rich honours NO_COLOR, FORCE_COLOR and COLUMNS; a pipe gets a wide, plain form."""
    width = None if sys.stdout.isatty() or os.environ.get("COLUMNS") else PIPE_WIDTH
    return Console(width=width, highlight=False)


def stderr() -> Console:
    """A console on standard error."""
    return Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """One line on standard output, never wrapped, never taken for markup."""
    stdout().print(text, markup=False, soft_wrap=True)


def complain(text: str) -> None:
    """One line on standard error, never wrapped, never taken for markup."""
    one_line = " ".join(text.split())
    stderr().print(f"callscribe: {one_line}", markup=False, soft_wrap=True, style="red")


def say_json(value: BaseModel | Mapping[str, Any]) -> None:
    """`value` as one line of JSON on standard output: the form that a script reads."""
    data = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    sys.stdout.write(json.dumps(data, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()
