"""A command in a terminal of its own, and what a person sees there."""

import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fcntl import ioctl

import pyte

from tests.cli.dev_stack import PROJECT


class Terminal:
    """A screen of `columns` by `lines` that a command writes on."""

    def __init__(self, process: "subprocess.Popen[bytes]", descriptor: int, columns: int, lines: int) -> None:
        self.process = process
        self._descriptor = descriptor
        self._screen = pyte.HistoryScreen(columns, lines, history=1000)
        self._stream = pyte.ByteStream(self._screen)
        self._lock = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.written = b""

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._descriptor, 65536)
            except OSError:  # the other end is closed
                return
            if not data:
                return
            with self._lock:
                self.written += data
                self._stream.feed(data)

    @property
    def lines(self) -> list[str]:
        """What is on the screen and above it, without empty lines."""
        with self._lock:
            above = ["".join(line[column].data for column in sorted(line)) for line in self._screen.history.top]
            shown = [*above, *self._screen.display]
        return [line.rstrip() for line in shown if line.strip()]

    @property
    def text(self) -> str:
        """The same as one text."""
        return "\n".join(self.lines)

    def until(self, fits: Callable[[str], bool], within: float = 40.0) -> str:
        """The text as soon as it fits."""
        deadline = time.monotonic() + within
        while not fits(self.text):
            assert time.monotonic() < deadline, self.text
            time.sleep(0.05)
        return self.text

    def interrupt(self) -> None:
        """Ctrl-C."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self, within: float = 60.0) -> int:
        """The exit code, with everything read."""
        code = self.process.wait(within)
        self._reader.join(5)
        return code


@contextmanager
def terminal(*arguments: str, columns: int = 80, lines: int = 30, **environment: str) -> Iterator[Terminal]:
    """`callscribe ARGUMENTS` in a terminal; killed at the end if it still runs."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as what a script has started in the background inherits it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    inherited = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", *arguments],
        cwd=PROJECT,
        env=inherited | {"TERM": "xterm-256color"} | environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown = Terminal(process, ours, columns, lines)
    try:
        yield shown
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        shown._reader.join(5)
        os.close(ours)
