"""Free ports on loopback."""

import itertools
import os
import socket

_SLICE = 500
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_first = 20_000 + (os.getpid() % 10) * 1000 + (_worker % 2) * _SLICE
_candidates = itertools.cycle(range(_first, _first + _SLICE))


def free_port() -> int:
    """A TCP port that nobody listens on now, and that no outgoing connection is given.

    Below the range from which systems take the ports of outgoing connections: one from that range can be taken again
    before whoever asked for it has begun to listen.
    """
    for port in itertools.islice(_candidates, _SLICE):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port between {_first} and {_first + _SLICE}")
