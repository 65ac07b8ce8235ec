"""The supervisor with small real processes: what dies is reported, what lives is stopped, nothing is left over."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from cli.supervisor import Service, ServiceError, Supervisor
from tests.support.eventually import eventually

PARENT = """
import asyncio, sys
from tests.cli.test_supervisor import child
from cli.supervisor import Supervisor

async def main():
    async with Supervisor(lambda name, line: None) as supervisor:
        await supervisor.start(child("one", "sleep"))
        print(supervisor.process_ids["one"], flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""
PROJECT = Path(__file__).resolve().parents[2]
CHILDREN: Mapping[str, str] = {
    "sleep": "import time\nprint('up', flush=True)\ntime.sleep(60)",
    "dies": "print('last words')\nraise SystemExit(3)",
    "stubborn": "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint('up', flush=True)\ntime.sleep(60)",
    "parent": (
        "import subprocess as s, sys, time\n"
        "child = s.Popen([sys.executable, '-c', 'input()'], stdin=s.PIPE, stdout=-3, stderr=-3, start_new_session=True)\n"
        "time.sleep(60)"
    ),
    "chatty": "import sys\nsys.stdout.buffer.write(b'x' * 200_000 + b'\\n\\xff tail')\nsys.stdout.flush()\nimport time\ntime.sleep(60)",
}


async def _yes() -> bool:
    return True


async def _no() -> bool:
    return False


def child(name: str, kind: str) -> Service:
    """A service of a few lines of Python that is ready at once."""
    command = (sys.executable, "-c", CHILDREN[kind])
    return Service(name=name, command=command, environment=dict(os.environ), ready=_yes)


def state_of(process_id: int) -> str:
    """The kernel's letter for what the process does: Z has died and waits for its parent's attention, T stands still."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return ""


def is_running(process_id: int) -> bool:
    """Whether the process lives."""
    return state_of(process_id) not in {"", "Z"}


class Log:
    """Collects lines; also the order in which services spoke."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def __call__(self, name: str, line: str) -> None:
        """Take a line."""
        self.lines.append((name, line))

    def said(self, name: str, line: str) -> bool:
        """Whether the service has said exactly this."""
        return (name, line) in self.lines


async def test_children_are_started_read_and_stopped() -> None:
    """Lines reach the sink under the service's name, and leaving the context stops the process."""
    log = Log()
    async with Supervisor(log) as supervisor:
        await supervisor.start(child("one", "sleep"), child("two", "sleep"))
        await eventually(lambda: log.said("one", "up") and log.said("two", "up"))
        process_ids = list(supervisor.process_ids.values())
        assert all(map(is_running, process_ids))
    assert not any(map(is_running, process_ids))


async def test_a_death_ends_the_work_and_names_the_service_with_its_last_lines() -> None:
    """A child that ends by itself while others work is an error that quotes it."""
    async with Supervisor(Log()) as supervisor:
        await supervisor.start(child("steady", "sleep"))
        with pytest.raises(ServiceError, match="unlucky ended with exit code 3") as caught:
            await supervisor.during(_start_and_wait(supervisor, child("unlucky", "dies")))
    assert caught.value.last_lines == ("last words",)


async def test_a_death_before_readiness_is_not_waited_out() -> None:
    """A service that dies while it is asked whether it is ready fails at once."""
    service = child("unlucky", "dies")
    never_ready = Service(name=service.name, command=service.command, environment=service.environment, ready=_no)
    async with Supervisor(Log()) as supervisor, asyncio.timeout(10):
        with pytest.raises(ServiceError, match="exit code 3"):
            await supervisor.start(never_ready)


async def test_a_service_that_is_never_ready_is_given_up() -> None:
    """The wait for readiness has an end."""
    service = child("slow", "sleep")
    never_ready = Service(
        name="slow", command=service.command, environment=service.environment, ready=_no, ready_within=0.3
    )
    async with Supervisor(Log()) as supervisor:
        with pytest.raises(ServiceError, match="slow was not ready"):
            await supervisor.start(never_ready)


async def test_a_death_by_signal_is_named() -> None:
    """Killed from outside: the message says by which signal."""
    async with Supervisor(Log()) as supervisor:
        await supervisor.start(child("one", "sleep"))
        os.kill(supervisor.process_ids["one"], signal.SIGKILL)
        with pytest.raises(ServiceError, match="one was killed by SIGKILL"):
            await supervisor.during(asyncio.sleep(30))


async def test_a_service_that_is_killed_on_purpose_is_revived_in_its_place() -> None:
    """Its death ends nobody's work; the new process runs the same command, is watched, and stops in the old order."""
    log = Log()
    async with Supervisor(log) as supervisor:
        await supervisor.start(child("one", "sleep"))
        await supervisor.start(child("two", "sleep"))
        first = supervisor.process_ids["one"]

        async def work() -> None:
            await eventually(lambda: log.said("one", "up"))
            await supervisor.kill("one")
            assert not is_running(first)
            await supervisor.revive("one")

        await supervisor.during(work())
        assert list(supervisor.process_ids) == ["one", "two"]
        second = supervisor.process_ids["one"]
        assert second != first
        assert is_running(second)
        await eventually(lambda: log.lines.count(("one", "up")) == 2)
        os.kill(second, signal.SIGKILL)
        with pytest.raises(ServiceError, match="one was killed by SIGKILL"):
            await supervisor.during(asyncio.sleep(30))


async def test_work_that_ends_first_returns_its_outcome() -> None:
    """`during` is transparent while everything lives."""

    async def work() -> int:
        return 42

    async with Supervisor(Log()) as supervisor:
        await supervisor.start(child("one", "sleep"))
        assert await supervisor.during(work()) == 42


async def test_a_child_that_ignores_sigterm_is_killed_after_the_grace() -> None:
    """SIGKILL comes after the grace, and the log says so."""
    log = Log()
    async with Supervisor(log, grace=0.3) as supervisor:
        await supervisor.start(child("deaf", "stubborn"))
        await eventually(lambda: log.said("deaf", "up"))
        process_id = supervisor.process_ids["deaf"]
    assert not is_running(process_id)
    assert any("killed" in line for _, line in log.lines)


async def test_hurry_does_not_wait_for_the_grace() -> None:
    """The second Ctrl-C kills at once."""
    log = Log()
    async with asyncio.timeout(10), Supervisor(log, grace=60) as supervisor:
        await supervisor.start(child("deaf", "stubborn"))
        await eventually(lambda: log.said("deaf", "up"))
        supervisor.hurry()


async def test_services_stop_in_reverse_order() -> None:
    """The newest goes first: what others need goes last."""
    log = Log()
    farewell = "import signal, sys, time\ndef bye(*_):\n print('bye', flush=True)\n sys.exit()\nsignal.signal(15, bye)\nprint('up', flush=True)\ntime.sleep(60)"
    async with Supervisor(log) as supervisor:
        for name in ("first", "second", "third"):
            service = child(name, "sleep")
            command = (*service.command[:2], farewell)
            await supervisor.start(Service(name=name, command=command, environment=service.environment, ready=_yes))
            await eventually(partial(log.said, name, "up"))
    assert [name for name, line in log.lines if line == "bye"] == ["third", "second", "first"]


async def test_lines_of_any_length_and_encoding_come_through() -> None:
    """200,000 characters in a line, a byte that is not UTF-8, a last line without an end."""
    log = Log()
    async with Supervisor(log) as supervisor:
        await supervisor.start(child("chatty", "chatty"))
        await eventually(lambda: any(len(line) == 200_000 for _, line in log.lines))
    assert log.said("chatty", "\ufffd tail")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's death")
async def test_nothing_survives_a_sigkill_of_the_supervisor() -> None:
    """The kernel ends the children of a supervisor that could not say goodbye."""
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, stdout=asyncio.subprocess.PIPE, cwd=PROJECT
    )
    assert parent.stdout is not None
    process_id = int(await asyncio.wait_for(parent.stdout.readline(), 30))
    assert is_running(process_id)
    parent.kill()
    await parent.wait()
    await eventually(lambda: not is_running(process_id))


async def _start_and_wait(supervisor: Supervisor, service: Service) -> None:
    await supervisor.start(service)
    await asyncio.sleep(30)
