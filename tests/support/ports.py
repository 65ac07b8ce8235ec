"""Free ports on loopback."""

import fcntl
import itertools
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_PORTS: Final = range(20_000, 32_000)
_begin = os.getpid() * 97 % len(_PORTS)
_candidates: Iterator[int] = itertools.cycle([*_PORTS[_begin:], *_PORTS[:_begin]])
_locks = Path(tempfile.gettempdir()) / f"callscribe-ports-{os.getuid()}"
_kept: list[int] = []
"""Open files whose locks keep our ports from other processes; the locks go with the process."""


def free_port() -> int:
    """A TCP port that nobody listens on now, that no outgoing connection is given, and that no other process of tests is
    given while this one lives.

    Below the range from which systems take the ports of outgoing connections: one from that range can be taken again
    before whoever asked for it has begun to listen.
    """
    _locks.mkdir(exist_ok=True)
    for port in itertools.islice(_candidates, len(_PORTS)):
        lock = os.open(_locks / str(port), os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            os.close(lock)
            continue
        _kept.append(lock)
        return port
    raise OSError(f"no free port between {_PORTS.start} and {_PORTS.stop}")
