"""The embedded server listens where it is told and leaves the process's signals alone."""

import signal

import httpx
import pytest
from starlette.applications import Starlette

from callscribe.runtime.tls import tls
from emulator.shell.server import listen, serving


async def test_serves_as_long_as_the_block() -> None:
    """On a port of the system's choice; signal handlers stay as they were."""
    before = signal.getsignal(signal.SIGINT)
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    async with serving(Starlette(), listener), httpx.AsyncClient(verify=tls()) as client:
        assert (await client.get(f"http://127.0.0.1:{port}/")).status_code == 404
        assert signal.getsignal(signal.SIGINT) is before
    async with httpx.AsyncClient(verify=tls()) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(f"http://127.0.0.1:{port}/")


def test_port_in_use() -> None:
    """OSError, and the socket is closed."""
    with listen("127.0.0.1", 0) as listener, pytest.raises(OSError, match="in use"):
        listen("127.0.0.1", listener.getsockname()[1])
