"""Many calls at once, long real calls, and a worker that dies in the middle."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.service import RPCError

from callscribe.contracts.commands import HangUp
from callscribe.transcript.assembly import assemble
from callscribe.transcript.formats import FORMATS
from tests.end_to_end.stack import CallStack, Script, by_participant, running_stack
from tests.support.eventually import eventually
from tests.support.temporal_server import environment_of

MANY = int(os.environ.get("CALLSCRIBE_TEST_CALLS", "12"))
"""Calls at once; the long form is `CALLSCRIBE_TEST_CALLS=200 make test ARGS='-k many_calls'`."""

REAL = os.environ.get("CALLSCRIBE_TEST_REAL", "earnings21-4386541.jsonl")
"""Real calls that are played; the long form is `CALLSCRIBE_TEST_REAL='earnings21-*.jsonl' make test ARGS='-k real'`."""


async def test_many_calls_at_once_keep_their_words_apart(client: Client, tmp_path: Path, task_queue: str) -> None:
    """Every call plays a script of its own and ends with exactly its own text."""
    async with running_stack(client, tmp_path, task_queue, hangup_at_end=0.5) as stack:
        scripts = {}
        for number in range(MANY):
            target = f"+1202555{number:04d}"
            scripts[number] = Script.of(f"call-{number}", [f"call {number}, line {line}" for line in range(8)])
            await stack.plan(target, script=scripts[number].text)
        handles = await asyncio.gather(
            *(stack.start(f"many-{number}", f"+1202555{number:04d}") for number in range(MANY))
        )
        results = await asyncio.gather(*(handle.result() for handle in handles))
        assert {result.verdict.kind for result in results} == {"complete"}
        for number in range(MANY):
            stored = await stack.transcript(f"many-{number}")
            assert by_participant(stored.segments) == scripts[number].by_participant()


@pytest.fixture
def scripts(real_calls: Path) -> dict[str, Script]:
    """The real calls to play, by name."""
    return {path.stem: Script.read(path) for path in sorted(real_calls.glob(REAL))}


@pytest.mark.timeout(400)
async def test_real_telephone_calls(
    client: Client, tmp_path: Path, task_queue: str, scripts: dict[str, Script]
) -> None:
    """Real conversations, a hundred times as fast: the export holds every final of the script, in order, per participant."""
    async with running_stack(client, tmp_path, task_queue, speed=100, hangup_at_end=1) as stack:
        handles = {}
        for number, (name, script) in enumerate(scripts.items()):
            target = f"+1202555{number:04d}"
            await stack.plan(target, script=script.text)
            handles[name] = await stack.start(name, target)
        for name, handle in handles.items():
            result = await handle.result()
            assert result.verdict.kind == "complete", result.verdict
            stored = await stack.transcript(name)
            transcript = assemble(name, locale=result.locale, segments=stored.segments, streams=stored.streams)
            exported: dict[str, list[str]] = {}
            for line in FORMATS["jsonl"].render(transcript).splitlines()[1:]:
                said = json.loads(line)
                exported.setdefault(said["participant"], []).append(said["text"])
            assert exported == scripts[name].by_participant()


async def test_worker_killed_in_mid_call_and_started_again(client: Client, tmp_path: Path, task_queue: str) -> None:
    """SIGKILL for the worker while people speak: a new worker goes on, and nothing is lost or doubled."""
    async with running_stack(client, tmp_path, task_queue, with_worker=False) as stack:
        script = Script.of("killed", [f"line {number}" for number in range(40)])
        await stack.plan("+12025550147", script=script.text, speed=5)
        worker = await _spawn_worker(client, stack)
        try:
            handle = await stack.start("killed")
            await eventually(lambda: _stored(stack, "killed", 5), within=60)
            worker.send_signal(signal.SIGKILL)
            await worker.wait()
            worker = await _spawn_worker(client, stack)
            await stack.spoken("killed", within=90)
            await stack.update("killed", "hang_up", HangUp())
            result = await handle.result()
        finally:
            if worker.returncode is None:
                worker.terminate()
                await worker.wait()
        assert result.verdict.kind == "complete", result.verdict
        assert by_participant((await stack.transcript("killed")).segments) == script.by_participant()


async def _spawn_worker(client: Client, stack: CallStack) -> asyncio.subprocess.Process:
    """The worker as a process of its own, on this stack's task queue."""
    settings = stack.settings
    assert settings.acs_connection_string is not None
    program = f"""
import asyncio
from callscribe.runtime.settings import load_settings
from worker.main import run
asyncio.run(run(load_settings(), task_queue={stack.task_queue!r}))
"""
    environment = {
        **os.environ,
        "CALLSCRIBE_HOME": str(settings.home),
        "CALLSCRIBE_ACS_CONNECTION_STRING": settings.acs_connection_string.get_secret_value(),
        "CALLSCRIBE_COGNITIVE_SERVICES_ENDPOINT": settings.cognitive_services_endpoint or "",
        "CALLSCRIBE_PUBLIC_HTTP_URL": settings.public_http_url,
        "CALLSCRIBE_PUBLIC_WEBSOCKET_URL": settings.public_websocket_url,
        **environment_of(client),
    }
    return await asyncio.create_subprocess_exec(sys.executable, "-c", program, env=environment)


async def _stored(stack: CallStack, key: str, segments: int) -> bool:
    """While no worker answers, a query fails: not yet."""
    try:
        return (await stack.status(key)).segments >= segments
    except RPCError:
        return False
