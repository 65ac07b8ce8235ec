"""Segments, streams and instants for the tests of the functional core."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from callscribe.acs.ticks import from_milliseconds
from callscribe.transcript.model import Segment, Stream, Word

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ALICE = "4:+12025550100"
BOB = "4:+12025550101"


def at(seconds: float) -> datetime:
    """The instant so many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def stream(name: str = "s1", opened: float = 0, closed: float | None = None) -> Stream:
    """A stream that opened and closed so many seconds after noon."""
    return Stream(id=name, opened_at=at(opened), closed_at=None if closed is None else at(closed))


def segment(
    position: int,
    offset: float,
    text: str = "",
    *,
    who: str = ALICE,
    duration: float | None = 1.0,
    received: float | None = None,
    on: str = "s1",
    subscription: str | None = "sub-1",
    words: tuple[tuple[str, float, float], ...] = (),
    base: int = 0,
    **more: Any,
) -> Segment:
    """A final at `offset` s on stream `on`; received half a second after its end unless said otherwise. `base` is
    added to its offsets, in ticks.
    """
    ended = offset + (duration or 0.0)
    return Segment(
        stream=on,
        position=position,
        participant=who,
        text=text or f"{who[-1]} at {offset}",
        offset=base + from_milliseconds(offset * 1000),
        duration=None if duration is None else from_milliseconds(duration * 1000),
        words=tuple(
            Word(text=word, offset=base + from_milliseconds(start * 1000), duration=from_milliseconds(length * 1000))
            for word, start, length in words
        ),
        subscription=subscription,
        received_at=at(ended + 0.5 if received is None else received),
        **more,
    )


def played(script: Path) -> Iterator[Segment]:
    """The segments of a call script, as one stream would have brought them."""
    with script.open(encoding="utf-8") as lines:
        next(lines)
        for position, line in enumerate(lines, start=1):
            said = json.loads(line)
            yield Segment(
                stream="s1",
                position=position,
                participant=said["participant"],
                text=said["text"],
                offset=from_milliseconds(said["offset_ms"]),
                duration=from_milliseconds(said["duration_ms"]),
                words=tuple(
                    Word(text=word, offset=from_milliseconds(start), duration=from_milliseconds(length))
                    for word, start, length in said.get("words", [])
                ),
                confidence=said.get("confidence"),
                locale=said.get("locale", "en-US"),
                subscription="sub-1",
                received_at=NOON + timedelta(milliseconds=said["offset_ms"] + said["duration_ms"] + 300),
            )


def participants(script: Path) -> dict[str, str]:
    """The names that a call script gives."""
    with script.open(encoding="utf-8") as lines:
        names: dict[str, str] = json.loads(next(lines))["participants"]
    return names
