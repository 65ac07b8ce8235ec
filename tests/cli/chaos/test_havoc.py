"""Faults carried out on small real processes."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from cli.chaos.havoc import Blow, frost, havoc, strike
from cli.chaos.schedule import Fault, Kind
from cli.supervisor import Supervisor
from tests.cli.test_supervisor import child, is_running, state_of
from tests.support.eventually import eventually


def quick(*victims: str, kind: Kind = Kind.ALL) -> Fault:
    """A fault without waiting."""
    return Fault(kind=kind, calm=0.05, pauses=dict.fromkeys(victims, 0.0))


async def test_what_is_struck_dies_and_comes_back() -> None:
    """The others live on as they are."""
    async with Supervisor(lambda _name, _line: None) as supervisor:
        await supervisor.start(child("ingest", "sleep"), child("worker", "sleep"), child("temporal", "sleep"))
        before = dict(supervisor.process_ids)
        blow = await supervisor.during(strike(supervisor, quick("ingest", "worker")))
        after = dict(supervisor.process_ids)
    assert blow.kind is Kind.ALL
    assert blow.at <= blow.back
    assert before["temporal"] == after["temporal"]
    assert {name for name in before if before[name] != after[name]} == {"ingest", "worker"}
    assert not any(map(is_running, before.values()))


async def test_it_goes_on_until_it_is_over() -> None:
    """And leaves everything running."""
    over, told = asyncio.Event(), list[str]()

    def endless() -> Iterator[Fault]:
        while True:
            yield quick("ingest", kind=Kind.INGEST)

    def tell(line: str) -> None:
        told.append(line)
        if len(told) == 3:
            over.set()

    async with Supervisor(lambda _name, _line: None) as supervisor:
        await supervisor.start(child("ingest", "sleep"))
        blows: list[Blow] = await supervisor.during(havoc(supervisor, endless(), over, tell))
        assert is_running(supervisor.process_ids["ingest"])
    assert [blow.kind for blow in blows] == [Kind.INGEST] * 3
    assert told[0].startswith("killed ingest for 0.0 s")


async def test_no_blow_once_it_is_over() -> None:
    """The calm before a blow ends early."""
    over = asyncio.Event()
    over.set()
    async with Supervisor(lambda _name, _line: None) as supervisor:
        slow = Fault(kind=Kind.INGEST, calm=60, pauses={"ingest": 0})
        assert await havoc(supervisor, iter([slow]), over, lambda _line: None) == []


async def test_every_kind_has_its_turn_though_it_is_over() -> None:
    """Without waiting for it."""
    over = asyncio.Event()
    over.set()
    async with Supervisor(lambda _name, _line: None) as supervisor:
        await supervisor.start(child("ingest", "sleep"))
        slow = Fault(kind=Kind.INGEST, calm=60, pauses={"ingest": 0})
        blows = await havoc(supervisor, iter([slow] * 5), over, lambda _line: None, at_least=2)
    assert len(blows) == 2


async def test_what_is_frozen_stands_still_and_goes_on() -> None:
    """With all that it has started, though that has a group of its own; as the same processes."""
    states: list[str] = []
    async with Supervisor(lambda _name, _line: None) as supervisor:
        await supervisor.start(child("ingest", "parent"), child("worker", "sleep"))
        ingest = supervisor.process_ids["ingest"]
        family = await eventually(lambda: _family(ingest))
        fault = Fault(kind=Kind.INGEST, calm=0, pauses={"ingest": 0.5})

        async def look() -> None:
            await eventually(lambda: [state_of(each) for each in family] == ["T", "T"], every=0.01)
            states.append(state_of(supervisor.process_ids["worker"]))

        looking = asyncio.create_task(look())
        blow = await supervisor.during(frost(supervisor, fault))
        await looking
        assert blow.frozen
        assert blow.back - blow.at >= 0.5
        assert "T" not in [state_of(each) for each in family]
        assert supervisor.process_ids["ingest"] == ingest
    assert states[0] != "T"
    await eventually(lambda: not any(map(is_running, family)))


async def test_who_gives_up_amid_a_frost_leaves_nobody_frozen() -> None:
    """So that services end as they are asked to."""
    async with Supervisor(lambda _name, _line: None) as supervisor:
        await supervisor.start(child("ingest", "sleep"))
        ingest = supervisor.process_ids["ingest"]
        fault = Fault(kind=Kind.INGEST, calm=0, pauses={"ingest": 60.0})
        striking = asyncio.create_task(frost(supervisor, fault))
        await eventually(lambda: state_of(ingest) == "T", every=0.01)
        striking.cancel()
        await asyncio.wait({striking})
        assert state_of(ingest) != "T"


def _family(pid: int) -> list[int]:
    """The process and its one child; empty before that is there.

    Or before it runs a program of its own: until then the kernel suspends whoever called vfork, and nothing else stops it.
    """
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)] if children and state_of(pid) == "S" else []
