"""What a drill asks for; drills themselves run in `tests/chaos`."""

from dataclasses import replace
from pathlib import Path

import pytest

from cli.chaos.drill import STARTING_WITHIN, Drill, _until
from cli.chaos.schedule import Kind
from emulator.client import EmulatorError
from emulator.scripts import SHIPPED, load_script

HELLO, LONGER = SHIPPED / "hello.jsonl", SHIPPED / "two-languages.jsonl"


def drill(*paths: Path, speed: float = 1) -> Drill:
    """Three calls of these scripts."""
    scripts = tuple((path, load_script(path)) for path in paths)
    return Drill(scripts=scripts, calls=3, kinds=(Kind.WORKER,), seed=1, every=5, speed=speed)


def test_calls_take_scripts_in_turn() -> None:
    """The third call of two scripts speaks the first one again."""
    asked = drill(HELLO, LONGER)
    assert [asked.script(number)[0] for number in range(3)] == [HELLO, LONGER, HELLO]


def test_calls_that_are_struck_as_they_connect_get_more_time() -> None:
    """Their transcription is begun again and again, ever later."""
    struck = replace(drill(HELLO), from_the_start=True)
    assert struck.patience == pytest.approx(drill(HELLO).patience + STARTING_WITHIN)


def test_patience_follows_the_longest_script_and_the_speed() -> None:
    """A slow machine has twice the time, and a minute."""
    length = max(line.end_ms for line in load_script(LONGER).lines) / 1000
    assert drill(HELLO, LONGER).patience == pytest.approx(60 + 2 * length)
    assert drill(HELLO, LONGER, speed=10).patience == pytest.approx(60 + length / 5)


async def test_a_wait_ends_with_its_condition_or_its_time() -> None:
    """An emulator that does not answer in time counts as not yet; one that refuses is an error."""
    answers = iter([False, True])

    async def slow() -> bool:
        found = next(answers)
        if not found:
            raise EmulatorError("no answer")
        return found

    async def never() -> bool:
        return False

    async def refuses() -> bool:
        raise EmulatorError("no such call", status=404)

    assert await _until(slow, 10)
    assert not await _until(never, 0.3)
    with pytest.raises(EmulatorError, match="no such call"):
        await _until(refuses, 10)
