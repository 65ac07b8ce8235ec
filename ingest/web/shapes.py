"""What is known of calls, as the JSON that the page reads. Instants in UTC; ticks as decimal strings, whole in JavaScript."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from callscribe.acs.identifiers import readable
from callscribe.acs.ticks import digits
from callscribe.transcript.model import RawId, Segment

Shape = dict[str, Any]


def instant(at: datetime | int | None) -> str | None:
    """ISO 8601 with milliseconds and `Z`, from an instant or Unix seconds; the end of time where there is none so late."""
    if at is None:
        return None
    if not isinstance(at, datetime):
        at = datetime.fromtimestamp(min(at, 253_402_300_799), UTC)
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def participant(raw_id: RawId, names: Mapping[RawId, str]) -> Shape:
    """A participant by raw id, given name, and what to show."""
    name = " ".join(names.get(raw_id, "").split())
    return {"id": raw_id, "name": name, "label": name or readable(raw_id)}


def participants(names: Mapping[RawId, str]) -> list[Shape]:
    """All of them, in their order."""
    return [participant(raw_id, names) for raw_id in names]


def segment(said: Segment, names: Mapping[RawId, str], *, ended_at: datetime | None, stored: bool) -> Shape:
    """A final segment; `late` if it came after the call's end, `stored` if the transcript store has it."""
    return {
        "stream": said.stream,
        "position": said.position,
        "participant": participant(said.participant, names),
        "text": said.text,
        "offset": digits(said.offset),
        "duration": digits(said.duration),
        "locale": said.locale,
        "subscription": said.subscription,
        "received_at": instant(said.received_at),
        "late": ended_at is not None and said.received_at > ended_at,
        "stored": stored,
    }
