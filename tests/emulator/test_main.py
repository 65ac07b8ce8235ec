"""The process: configured by its environment, one line when it listens, gone at SIGTERM, clear about what is wrong."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from cli.ports import free_port
from emulator.client import EmulatorControl, EmulatorError
from emulator.main import EmulatorConfig, run, running_emulator
from emulator.scripts import ScriptError
from tests.support.eventually import eventually


async def started(**environment: str) -> asyncio.subprocess.Process:
    """`python -m emulator`."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "emulator", env=os.environ | environment, stderr=asyncio.subprocess.PIPE
    )


async def test_process() -> None:
    """It says where it listens, answers, and ends with code 0 at SIGTERM."""
    port = free_port()
    process = await started(EMULATOR_PORT=str(port), EMULATOR_SPEED="3")
    assert process.stderr is not None
    line = (await process.stderr.readline()).decode()
    assert f"listening on http://127.0.0.1:{port} speed=3.0" in line
    async with EmulatorControl(f"http://127.0.0.1:{port}/") as control:
        assert await control.healthz() == {"status": "ok", "calls": 0, "live": 0}
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0
        with pytest.raises(EmulatorError, match=r"No emulator answers at .*callscribe emulator serve"):
            await control.calls()


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"EMULATOR_SPEED": "fast"}, "EMULATOR_SPEED: Input should be a valid number"),
        ({"EMULATOR_SCRIPT": "nowhere.jsonl"}, "nowhere.jsonl: the call script cannot be read"),
        ({"EMULATOR_ACCESS_KEY": "!"}, "must be base64"),
    ],
)
async def test_bad_configuration(environment: dict[str, str], expected: str) -> None:
    """One line that says what to change; code 2."""
    process = await started(**environment)
    _, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 2
    assert expected in errors.decode()
    assert len(errors.decode().splitlines()) == 1


async def test_port_in_use() -> None:
    """The line names address and variable."""
    async with running_emulator(EmulatorConfig(port=0)) as emulator:
        port = emulator.endpoint.rsplit(":", 1)[1]
        process = await started(EMULATOR_PORT=port)
        _, errors = await asyncio.wait_for(process.communicate(), 20)
        assert process.returncode == 2
        assert f"cannot listen on 127.0.0.1:{port}" in errors.decode()
        assert "EMULATOR_PORT" in errors.decode()


async def test_run_ends_when_cancelled() -> None:
    """Nothing of it is left."""
    port = free_port()
    running = asyncio.create_task(run(EmulatorConfig(port=port)))
    async with EmulatorControl(f"http://127.0.0.1:{port}") as control:

        async def answers() -> bool:
            try:
                return bool(await control.healthz())
            except EmulatorError:
                return False

        await eventually(answers)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not await answers()


async def test_errors_of_the_block_come_through_as_they_are() -> None:
    """What fails inside the block is not wrapped."""
    with pytest.raises(KeyError):
        async with running_emulator(EmulatorConfig(port=0)):
            raise KeyError
    with pytest.raises(ScriptError):
        async with running_emulator(EmulatorConfig(port=0, script=Path("nowhere"))):
            pass


async def test_connection_string() -> None:
    """As of an ACS resource."""
    async with running_emulator(EmulatorConfig(port=0, access_key="a2V5")) as emulator:
        assert emulator.connection_string == f"endpoint={emulator.endpoint};accesskey=a2V5"
