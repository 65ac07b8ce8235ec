"""Run a command that cannot outlive its parent: `python -m cli.tether PARENT_PID COMMAND…`.

On Linux the kernel kills the command when its parent dies, however that happens (prctl(2), PR_SET_PDEATHSIG; the
setting survives execve). Elsewhere the command simply runs. Standard library only: every service pays for this start.
"""

import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Become `COMMAND…`; does not return."""
    parent, *command = arguments
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(parent):
            sys.exit(1)  # the parent died before the kernel knew that we wanted to be told
    os.execvp(command[0], command)  # noqa: S606 -- becoming the command is what this program is for


if __name__ == "__main__":
    main(sys.argv[1:])
