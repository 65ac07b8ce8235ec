"""What the exit code of `callscribe` means; scripts may rely on these numbers."""

from enum import IntEnum
from typing import Final


class ExitCode(IntEnum):
    """The exit code of every command."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    UNREACHABLE = 4
    REFUSED = 5
    INCOMPLETE = 6
    INTERRUPTED = 130


MEANINGS: Final = {
    ExitCode.OK: "it worked",
    ExitCode.FAILED: "it failed; the line on standard error says why",
    ExitCode.USAGE: "a wrong argument, option or setting",
    ExitCode.NOT_FOUND: "no such call, transcript or file",
    ExitCode.UNREACHABLE: "Temporal, the worker, ingest, the emulator or the transcript store does not answer",
    ExitCode.REFUSED: "the call refuses the command in the state that it is in",
    ExitCode.INCOMPLETE: "the call has ended and its verdict is not `complete` (`watch`, `call --wait`, `demo`)",
    ExitCode.INTERRUPTED: "interrupted with Ctrl-C",
}
"""Exit code → what it tells a script; the generated documentation shows this table."""
