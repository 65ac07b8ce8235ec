"""Calls on which something goes wrong, and the truth about them: what was said, what sockets were handed, what is stored."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from callscribe.contracts.commands import HangUp
from callscribe.contracts.status import CallResult
from callscribe.transcript.facts import Gap
from callscribe.transcript.sequencing import order
from emulator.client import EmulatorControl
from emulator.control_models import SentFinal
from tests.end_to_end.stack import CallStack, Script
from tests.support.eventually import eventually

TARGET = "+12025550147"
TEXTS = [f"This is sentence number {number}." for number in range(8)]
SCRIPT = Script.of("field", TEXTS)
"""Half a second a line: line n ends at 500 * n + 400 ms."""
SPEED = 2


async def faulty(stack: CallStack, key: str, *faults: dict[str, Any], script: Script = SCRIPT, **others: Any) -> Any:
    """A call to the target, with these faults, that is transcribed from the start; its workflow's handle."""
    plan: dict[str, Any] = {"script": script.text, "speed": SPEED, "faults": {"calls": faults, **others}}
    await stack.plan(TARGET, **plan)
    return await stack.start(key, limits={"drain_timeout": "PT6S"})


async def said(stack: CallStack, key: str) -> None:
    """Wait until the whole script has been said, and everything of it is accounted for."""

    async def done() -> bool:
        script = (await stack.report(key)).script
        return script.finished and script.spoken == script.lines_total

    await eventually(done, within=40, every=0.25)


async def hung_up(stack: CallStack, key: str, handle: Any) -> CallResult:
    """Hang up, and wait for the verdict."""
    await stack.update(key, "hang_up", HangUp())
    result: CallResult = await handle.result()
    return result


async def accepted(stack: CallStack, key: str) -> list[SentFinal]:
    """Final results that the emulator's sockets were handed, each once, in order; all that was acknowledged is there."""
    sent = await _sent(stack.emulator, (await stack.report(key)).call_connection_id)
    return [final for final in sent if not final.replay]


async def _sent(emulator: EmulatorControl, connection: str) -> list[SentFinal]:
    return await emulator.sent(connection)


async def stored(stack: CallStack, key: str) -> list[str]:
    """Texts of the stored segments, in the transcript's order."""
    found = await stack.transcript(key)
    return [segment.text for segment in order(found.segments, found.streams)]


EDGE = timedelta(seconds=0.2)
"""The emulator dates what is said, ingest its sockets: on one machine, a moment apart."""


async def missing(stack: CallStack, key: str, gaps: Sequence[Gap]) -> int:
    """How many final results no socket was handed: each was said within one of the gaps, and nothing else was. All the
    others are stored, in order.
    """
    assert await stored(stack, key) == [final.text for final in await accepted(stack, key)]
    record = await stack.emulator.record((await stack.report(key)).call_connection_id)
    for final in record.finals:
        slack = EDGE if final.fate == "sent" else -EDGE
        inside = [
            gap for gap in gaps if (gap.start + slack).timestamp() <= final.said_at <= (gap.end - slack).timestamp()
        ]
        assert bool(inside) == (final.fate != "sent"), (final, gaps)
    return sum(final.fate != "sent" for final in record.finals)
