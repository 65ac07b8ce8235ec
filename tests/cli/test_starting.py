"""The start of a stack, as a person sees it."""

import io

from rich.console import Console

from cli.starting import Starting, starting


def test_a_pipe_gets_one_line() -> None:
    """Nothing before the start, nothing after it."""
    out = io.StringIO()
    with starting(Console(file=out), ("temporal", "emulator", "ingest", "worker")) as shown:
        assert out.getvalue() == ""
        shown.began()
        for name in ("temporal", "emulator", "ingest", "worker"):
            shown.ready(name)
    assert out.getvalue() == "Starting Temporal, the emulator, ingest and the worker …\n"


def test_a_terminal_is_told_what_is_waited_for() -> None:
    """And what is ready."""
    shown = Starting(Console(file=io.StringIO()), ("temporal", "ingest", "worker"))
    shown.ready("temporal")
    console = Console(width=100)
    with console.capture() as captured:
        console.print(shown)
    assert captured.get().startswith("waiting for ingest, the worker, 0 s  ready: temporal 0.")
