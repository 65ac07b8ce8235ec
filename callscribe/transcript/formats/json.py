"""JSON: everything that is known of a transcript, by the versioned schema in `schema.py`.

Offsets and durations are strings of digits: they are 64-bit, and JavaScript's numbers are not.
"""

import json
from typing import Any

from callscribe.acs.locales import each_once
from callscribe.acs.ticks import digits, to_milliseconds
from callscribe.transcript.excerpt import Excerpt
from callscribe.transcript.formats.reading import instant
from callscribe.transcript.formats.schema import FORMAT
from callscribe.transcript.model import Transcript, Word
from callscribe.transcript.timeline import Timed


def render(excerpt: Excerpt) -> str:
    """The transcript as one JSON object, indented, the verdict before the words."""
    return json.dumps(document(excerpt), ensure_ascii=False, indent=2) + "\n"


def document(excerpt: Excerpt) -> dict[str, Any]:
    """The object that `render` writes, and that HTTP answers may embed. It fits `schema.SCHEMA`."""
    return header(excerpt, FORMAT) | {"segments": [segment(excerpt.transcript, one) for one in excerpt.timed]}


def header(excerpt: Excerpt, form: str) -> dict[str, Any]:
    """All but the segments, under the name and version `form`."""
    transcript = excerpt.transcript
    stored = transcript.model_dump(
        mode="json", include={"verdict", "streams", "started_at", "connected_at", "ended_at"}
    )
    part = (
        {"since_ms": _optional_ms(excerpt.since), "until_ms": _optional_ms(excerpt.until)} if excerpt.is_part else None
    )
    return {
        "format": form,
        "call": transcript.key,
        "revision": transcript.revision,
        "verdict": stored["verdict"],
        "locale": transcript.locale,
        "locales": list(each_once(transcript.locales)),
        "started_at": stored["started_at"],
        "connected_at": stored["connected_at"],
        "ended_at": stored["ended_at"],
        "zero_at": instant(excerpt.zero),
        "part": part,
        "participants": [{"id": raw_id, "name": transcript.name_of(raw_id)} for raw_id in transcript.participants],
        "streams": stored["streams"],
    }


def segment(transcript: Transcript, timed: Timed) -> dict[str, Any]:
    """One of `segments`."""
    own = timed.segment
    return {
        "stream": own.stream,
        "position": own.position,
        "participant": own.participant,
        "name": transcript.name_of(own.participant),
        "text": own.text,
        "start_ms": to_milliseconds(timed.start),
        "end_ms": to_milliseconds(timed.end),
        "offset": str(own.offset),
        "duration": digits(own.duration),
        "words": [_word(word, timed.shift) for word in own.words],
        "confidence": own.confidence,
        "locale": own.locale,
        "subscription": own.subscription,
        "received_at": instant(own.received_at),
    }


def _word(word: Word, shift: int) -> dict[str, Any]:
    start = max(word.offset + shift, 0)
    return {
        "text": word.text,
        "start_ms": to_milliseconds(start),
        "end_ms": to_milliseconds(start + max(word.duration or 0, 0)),
        "offset": str(word.offset),
        "duration": digits(word.duration),
    }


def _optional_ms(ticks: int | None) -> int | None:
    return None if ticks is None else to_milliseconds(ticks)
