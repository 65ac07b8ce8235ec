"""JSON: everything that is known of a transcript, by the versioned schema in `schema.py`.

Offsets and durations are strings of digits: they are 64-bit, and JavaScript's numbers are not.
"""

import json
from typing import Any

from callscribe.acs.ticks import to_milliseconds
from callscribe.transcript.formats.schema import FORMAT
from callscribe.transcript.model import Transcript
from callscribe.transcript.timeline import Timed, lay_out, zero_of


def render(transcript: Transcript) -> str:
    """The transcript as one JSON object, indented, the verdict before the words."""
    return json.dumps(document(transcript), ensure_ascii=False, indent=2) + "\n"


def document(transcript: Transcript) -> dict[str, Any]:
    """The object that `render` writes, and that HTTP answers may embed. It fits `schema.SCHEMA`."""
    stored = transcript.model_dump(mode="json")
    zero = zero_of(transcript.segments, transcript.streams)
    return {
        "format": FORMAT,
        "call": transcript.key,
        "revision": transcript.revision,
        "verdict": stored["verdict"],
        "locale": transcript.locale,
        "started_at": stored["started_at"],
        "connected_at": stored["connected_at"],
        "ended_at": stored["ended_at"],
        "zero_at": None if zero is None else zero.isoformat().replace("+00:00", "Z"),
        "participants": [{"id": raw_id, "name": transcript.name_of(raw_id)} for raw_id in transcript.participants],
        "streams": stored["streams"],
        "segments": [_segment(transcript, one) for one in lay_out(transcript.segments, transcript.streams)],
    }


def _segment(transcript: Transcript, timed: Timed) -> dict[str, Any]:
    segment = timed.segment
    return {
        "stream": segment.stream,
        "position": segment.position,
        "participant": segment.participant,
        "name": transcript.name_of(segment.participant),
        "text": segment.text,
        "start_ms": to_milliseconds(timed.start),
        "end_ms": to_milliseconds(timed.end),
        "offset": str(segment.offset),
        "duration": _digits(segment.duration),
        "words": [
            {"text": word.text, "offset": str(word.offset), "duration": _digits(word.duration)}
            for word in segment.words
        ],
        "confidence": segment.confidence,
        "locale": segment.locale,
        "subscription": segment.subscription,
        "received_at": segment.model_dump(mode="json", include={"received_at"})["received_at"],
    }


def _digits(ticks: int | None) -> str | None:
    return None if ticks is None else str(ticks)
