"""A `callscribe dev` in a process of its own, for tests that stand in the second terminal."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Tell = Callable[..., tuple[int, str, str]]
"""Runs a command; exit code, standard output, standard error."""
PROJECT = Path(__file__).resolve().parents[2]


def clean_environment(home: Path) -> dict[str, str]:
    """The environment of somebody who has set nothing but the home folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CALLSCRIBE_", "TEMPORAL_"))}
    return kept | {"CALLSCRIBE_HOME": str(home)}


@contextmanager
def dev_stack(home: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The stack, up; its whole output is in `home`/log, but for standard output with `--json`: that is in `home`/json.
    If it still runs, it is stopped with Ctrl-C: exit code 0, nothing
    published any more, the newest service first.
    """
    home.mkdir(parents=True, exist_ok=True)
    log, told = home / "log", home / "json"
    up, where = ('"live_page"', told) if "--json" in arguments else ("Callscribe is up", log)
    with log.open("w") as output, told.open("w") as objects:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "dev", "--free-ports", *arguments],
            cwd=PROJECT,
            env=clean_environment(home),
            stdin=subprocess.DEVNULL,
            stdout=objects if where is told else output,
            stderr=output,
            text=True,
        )
    try:
        deadline = time.monotonic() + 90
        while up not in where.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            assert process.wait(40) == 0
            lines = log.read_text()
            assert lines.index("worker stopped") < lines.index("ingest stopped")
            assert lines.rstrip().endswith("Stopped.")
            assert not (home / "dev.env").exists()


def until(tell: Tell, key: str, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """What `show` says of the call as soon as it fits; fails after 30 s."""
    deadline = time.monotonic() + 30
    while True:
        code, stdout, stderr = tell("show", key, "--json")
        shown = json.loads(stdout) if code == 0 else {"error": stderr}
        if code == 0 and fits(shown):
            return dict(shown)
        assert time.monotonic() < deadline, shown
        time.sleep(0.1)
