"""Our services of docker-compose.yml, each run as a process with its own command, environment and health check.

Only what differs outside a container is changed: host names and ports become those of this machine, paths a temporary
folder. PostgreSQL and Temporal are real, and prepared by the one-shots' own scripts.
"""

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import sys
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cli.ports import free_port
from tests.deploy.compose_file import ONE_SHOTS, OURS, ROOT, SECRETS, load
from tests.support.eventually import eventually
from tests.support.postgresql import postgresql
from tests.support.temporal_server import TemporalServer, temporal_binary

SPEED = "40"


@dataclass
class Deployment:
    """The file's services, moved to this machine."""

    services: dict[str, Any]
    moved: dict[str, str]
    namespace: str
    folder: Path
    processes: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    def here(self, text: str) -> str:
        """`text` with every address, port and path as it is on this machine."""
        longest_first = sorted(self.moved, key=len, reverse=True)
        known = "|".join(re.escape(name) for name in longest_first)
        return re.sub(rf"(?<![\w.])(?:{known})(?![\w.])", lambda found: self.moved[found[0]], text)

    def environment(self, name: str) -> dict[str, str]:
        """What the service gets, and what every process needs; nothing of whoever runs the tests."""
        given: Mapping[str, str] = self.services[name]["environment"]
        environment = {variable: self.here(value) for variable, value in given.items()}
        if "TEMPORAL_NAMESPACE" in environment:
            environment["TEMPORAL_NAMESPACE"] = self.namespace
        programs = [Path(sys.executable).parent, Path(temporal_binary()).parent]
        return environment | {
            "PATH": os.pathsep.join([*map(str, programs), os.defpath]),
            "HOME": str(self.folder),
            "TEMPORAL_CONFIG_FILE": os.devnull,
        }

    async def start(self, name: str) -> None:
        """Start the service; what it writes goes to a file."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = await asyncio.create_subprocess_exec(
                *map(self.here, self.services[name]["command"]),
                env=self.environment(name),
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )

    async def run(self, name: str, command: list[str]) -> tuple[int, str]:
        """Run `command` where the service runs, to its end (100 s at most); its exit code, and all that it wrote."""
        process = await asyncio.create_subprocess_exec(
            *map(self.here, command),
            env=self.environment(name),
            cwd=self.folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), 100)
        finally:
            await _ended(process)
        assert process.returncode is not None
        return process.returncode, output.decode()

    def told(self, name: str) -> str:
        """What the service's processes wrote."""
        return (self.folder / f"{name}.log").read_text()


@pytest.fixture(scope="module")
async def deployment(temporal: TemporalServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """The one-shots have run and our services are starting; PostgreSQL is Debian's, or else the store is SQLite."""
    folder = tmp_path_factory.mktemp("deployment")
    with contextlib.ExitStack() as stack:
        http, websocket, emulator = (str(free_port()) for _ in range(3))
        place = Deployment(
            services=load({**SECRETS, "EMULATOR_SPEED": SPEED})["services"],
            moved={
                "temporal:7233": temporal.client.service_client.config.target_host,
                "ingest:8080": f"127.0.0.1:{http}",
                "ingest:8081": f"127.0.0.1:{websocket}",
                "emulator:8090": f"127.0.0.1:{emulator}",
                "127.0.0.1:8080": f"127.0.0.1:{http}",
                "127.0.0.1:8090": f"127.0.0.1:{emulator}",
                "8080": http,
                "8081": websocket,
                "8090": emulator,
                "0.0.0.0": "127.0.0.1",
                "/deploy": str(ROOT / "deploy"),
                "/var/lib/callscribe": str(folder / "home"),
            },
            namespace=f"deployed-{uuid.uuid4()}",
            folder=folder,
        )
        try:
            address = stack.enter_context(postgresql())
        except pytest.skip.Exception as skipped:
            print(f"The transcript store is SQLite here: {skipped}")  # noqa: T201 -- pytest shows it if a test fails
            url = f"sqlite+aiosqlite:///{folder / 'transcripts.sqlite'}"
            place.services["worker"]["environment"]["CALLSCRIBE_STORE_URL"] = url
        else:
            host, port = address.split(":")
            place.moved["postgresql:5432"] = address
            place.services["databases"]["environment"] |= {"PGHOST": host, "PGPORT": port}
            assert shutil.which("psql", path=os.defpath), "PostgreSQL is here without psql: install postgresql-client"
            await _run_one_shot(place, "databases")
        await _run_one_shot(place, "temporal-namespace")
        for name in OURS:
            await place.start(name)
        try:
            yield place
        finally:
            for process in place.processes.values():
                await _ended(process)


async def _run_one_shot(place: Deployment, name: str) -> None:
    assert name in ONE_SHOTS
    code, output = await place.run(name, place.services[name]["entrypoint"])
    assert code == 0, output


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


async def _becomes_healthy(place: Deployment, name: str) -> None:
    form, *command = place.services[name]["healthcheck"]["test"]
    assert form == "CMD"

    async def answers() -> bool:
        if place.processes[name].returncode is not None:
            pytest.fail(f"{name} has ended by itself: {place.told(name)}")
        code, output = await place.run(name, command)
        assert code == 0, output
        return True

    await eventually(answers, within=60, every=1.5)  # each question is a process of its own


@pytest.mark.parametrize("name", OURS)
async def test_a_service_becomes_healthy(deployment: Deployment, name: str) -> None:
    """Its command runs with its environment until its health check command succeeds."""
    await _becomes_healthy(deployment, name)


async def test_a_call_runs_from_one_service_to_the_next(deployment: Deployment) -> None:
    """Commands given in the worker's container place a call, read its transcript from the store, and end it."""

    async def callscribe(*arguments: str) -> str:
        code, output = await deployment.run("worker", ["callscribe", *arguments])
        assert code == 0, output
        return output

    async def something_was_said() -> bool:
        return "text" in await callscribe("export", "deployed", "--format", "jsonl")

    async def has_ended() -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(await callscribe("show", "deployed", "--json"))
        assert shown.get("verdict"), shown
        return shown

    for name in OURS:
        await _becomes_healthy(deployment, name)
    await callscribe("call", "+12025550100", "--key", "deployed")
    await eventually(something_was_said, within=60, every=0.5)
    await callscribe("hangup", "deployed")
    await eventually(has_ended, within=60, every=0.5)


@pytest.mark.parametrize("name", OURS)
async def test_a_service_ends_when_asked(deployment: Deployment, name: str) -> None:
    """SIGTERM, which compose sends, ends it within its grace period and without a complaint."""
    await _becomes_healthy(deployment, name)
    process = deployment.processes[name]
    process.send_signal(signal.SIGTERM)
    grace = float(deployment.services[name].get("stop_grace_period", "10s").removesuffix("s"))
    assert await asyncio.wait_for(process.wait(), grace) == 0, deployment.told(name)
    assert "Traceback" not in deployment.told(name)
