"""`callscribe demo` as a fresh clone runs it: a process of its own, no terminal, no input."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from tests.support.eventually import eventually

PROJECT = Path(__file__).resolve().parents[2]
Demo = Callable[..., Awaitable[asyncio.subprocess.Process]]


def _environment(folder: Path) -> dict[str, str]:
    """The environment of somebody who has set nothing but what must be ignored."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CALLSCRIBE_", "TEMPORAL_"))}
    return kept | {"TMPDIR": str(folder), "CALLSCRIBE_STORE_URL": "nonsense://", "TEMPORAL_NAMESPACE": "elsewhere"}


def _marked(mark: str) -> list[int]:
    """The processes whose environment holds `mark`."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark.encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    """Starts a demo; one that still runs when its test is over is killed, and takes its stack along."""
    started: list[asyncio.subprocess.Process] = []

    async def start(*arguments: str) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "cli.main",
            "demo",
            "--free-ports",
            *arguments,
            cwd=PROJECT,
            env=_environment(tmp_path),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def test_the_demo_shows_every_segment_once_and_leaves_nothing_behind(tmp_path: Path, demo: Demo) -> None:
    """Exit code 0, both languages, a complete verdict, the last line; no process and no folder afterwards. The page whose
    link it shows as it begins lets whoever follows it in.
    """
    process = await demo("--speed", "20")
    assert process.stdout is not None
    begun = b""
    async with asyncio.timeout(60):
        while b"Live page: " not in (line := await process.stdout.readline()):
            begun += line
            assert line, begun
    async with httpx.AsyncClient(follow_redirects=True) as browser:
        page = await browser.get(line.decode().strip().removeprefix("Live page: "))
        assert page.status_code == 200, page.text
        assert (await browser.get(page.url.join("/api/session"))).json()["role"] == "operator"
    stdout, stderr = await asyncio.wait_for(process.communicate(), 110)
    told = (begun + line + stdout).decode()
    assert process.returncode == 0, told + stderr.decode()
    assert stderr == b""
    lines = told.strip().splitlines()
    assert re.fullmatch(r"All \d+ segments of the script are in the transcript, in order, none twice\.", lines[-1]), (
        told
    )
    for expected in ("transcription started (en-US", "locale changed to de-DE", "hung up for everyone", "complete: "):
        assert expected in told
    assert "/namespaces/default/workflows/call-" in told
    assert _left_in(tmp_path) == []
    await eventually(lambda: _marked(str(tmp_path)) == [])


async def test_ctrl_c_ends_a_demo_that_stays(tmp_path: Path, demo: Demo) -> None:
    """With --stay everything runs on until Ctrl-C; then the demo's own outcome counts. A script reads how it ended from
    standard output, and finds nothing else there.
    """
    process = await demo("--speed", "20", "--stay", "--json")
    assert process.stdout is not None
    assert process.stderr is not None
    lines: list[str] = []
    async with asyncio.timeout(110):
        while not any("in another terminal" in line for line in lines):
            line = await process.stderr.readline()
            assert line, "".join(lines)
            lines.append(line.decode())
        told = json.loads(await process.stdout.readline())
    assert told["exact"] is True
    assert told["result"]["key"] == told["key"]
    assert told["result"]["verdict"]["kind"] == "complete"
    assert told["comparison"]["found"] == told["comparison"]["expected"] == told["result"]["segments"]
    assert len(_marked(str(tmp_path))) >= 5
    home = lines[-1].split("CALLSCRIBE_HOME=")[1].split()[0]
    other = {name: value for name, value in _environment(tmp_path).items() if not name.startswith("CALLSCRIBE_")}
    command = (sys.executable, "-m", "cli", "export", told["key"], "--format", "txt")
    beside = await asyncio.create_subprocess_exec(
        *command, cwd=PROJECT, env=other | {"CALLSCRIBE_HOME": home}, stdout=asyncio.subprocess.PIPE
    )
    exported, _ = await asyncio.wait_for(beside.communicate(), 40)
    assert b"Thank you for calling Brightwell Luggage" in exported, "what is printed for other terminals works there"
    process.send_signal(signal.SIGINT)
    rest, _ = await asyncio.wait_for(process.communicate(), 40)
    assert rest == b""
    assert process.returncode == 0
    await eventually(lambda: _marked(str(tmp_path)) == [])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's death")
async def test_nothing_survives_a_sigkill_of_the_demo(tmp_path: Path, demo: Demo) -> None:
    """Not even Temporal."""
    process = await demo("--speed", "20")
    assert process.stdout is not None
    async with asyncio.timeout(60):
        while b"CallConnected" not in (line := await process.stdout.readline()):
            assert line
    assert len(_marked(str(tmp_path))) >= 5
    process.kill()
    await process.communicate()
    await eventually(lambda: _marked(str(tmp_path)) == [])
