"""The ports of a stack on this machine: which it wants, whether they are free, and others where they are not."""

import secrets
import socket
from dataclasses import dataclass, fields
from typing import Final

from cli.errors import CliError

LOOPBACK: Final = "127.0.0.1"
_BELOW_EPHEMERAL: Final = range(20_000, 30_000)
"""Where free ports are looked for: the kernel gives none of these to anybody who did not ask for it by number."""
_kept: Final[list[int]] = []
"""UDP sockets on the ports that were chosen: seconds pass until a server listens, and whoever chooses meanwhile, in any
process, finds them taken. They go with the process.
"""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """The five ports that a stack listens on."""

    temporal: int = 7233
    temporal_ui: int = 8233
    http: int = 8080
    websocket: int = 8081
    emulator: int = 8090


PURPOSES: Final = {
    "temporal": ("Temporal", "TEMPORAL_ADDRESS"),
    "temporal_ui": ("Temporal's web UI", "CALLSCRIBE_TEMPORAL_UI_URL"),
    "http": ("ingest's HTTP server", "CALLSCRIBE_HTTP_PORT"),
    "websocket": ("ingest's websocket server", "CALLSCRIBE_WEBSOCKET_PORT"),
    "emulator": ("the emulator", "CALLSCRIBE_EMULATOR_URL"),
}
"""Field of `Ports` → what it is for, and the variable that changes it."""


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` of loopback now."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        if probe.connect_ex((LOOPBACK, port)) == 0:
            return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT can be listened on
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def check_free(ports: Ports, *, wanted: frozenset[str], command: str) -> None:
    """Raise a `CliError` of one sentence if any of the `wanted` ports is in use; `command` is what the user ran."""
    taken = [name for name in PURPOSES if name in wanted and not is_free(getattr(ports, name))]
    if not taken:
        return
    what = " and ".join(f"{getattr(ports, name)} ({PURPOSES[name][0]})" for name in taken)
    variables = " and ".join(PURPOSES[name][1] for name in taken)
    word, verb = ("Port", "is") if len(taken) == 1 else ("Ports", "are")
    raise CliError(
        f"{word} {what} {verb} in use: stop what listens there, choose another with {variables}, "
        f"or let free ones be chosen with 'make {command} FREE_PORTS=1' (callscribe {command} --free-ports)."
    )


def free_port() -> int:
    """A port that nobody listens on, and that no other process gets from here while this one lives.

    Raises:
        CliError: There is none.
    """
    number = len(_BELOW_EPHEMERAL)
    first = secrets.randbelow(number)
    for step in range(number):
        candidate = _BELOW_EPHEMERAL[(first + step) % number]
        with socket.socket(type=socket.SOCK_DGRAM) as keeper:
            try:
                keeper.bind((LOOPBACK, candidate))
            except OSError:
                continue
            if is_free(candidate):
                _kept.append(keeper.detach())
                return candidate
    raise CliError(f"No free port between {_BELOW_EPHEMERAL.start} and {_BELOW_EPHEMERAL.stop} on this machine.")


def choose_free() -> Ports:
    """Five ports that are free now.

    Raises:
        CliError: There are none.
    """
    return Ports(**{field.name: free_port() for field in fields(Ports)})
