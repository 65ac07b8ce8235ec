"""JSON Lines: one segment a line, in the transcript's order, for programs that read as they go.

`offset` is ACS's own, as digits of 64-bit ticks; `offset_ms`, `duration_ms` and the words' times are whole milliseconds
of the same zero, so that a line reads like a line of a call script. There is no line for the verdict: every line is a
segment. JSON and the readable forms carry it.
"""

import json
from typing import Any

from callscribe.acs.ticks import to_milliseconds
from callscribe.transcript.model import Segment, Transcript

_LINE_ENDS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def render(transcript: Transcript) -> str:
    """The segments, a line each."""
    return "".join(_written(line(transcript, segment)) + "\n" for segment in transcript.segments)


def line(transcript: Transcript, segment: Segment) -> dict[str, Any]:
    """The object of one line."""
    return {
        "participant": segment.participant,
        "name": transcript.name_of(segment.participant),
        "text": segment.text,
        "offset": str(segment.offset),
        "offset_ms": to_milliseconds(segment.offset),
        "duration_ms": _milliseconds(segment.duration),
        "locale": segment.locale,
        "confidence": segment.confidence,
        "words": [[word.text, to_milliseconds(word.offset), _milliseconds(word.duration)] for word in segment.words],
        "stream": segment.stream,
        "position": segment.position,
    }


def _written(value: dict[str, Any]) -> str:
    """JSON without the three characters that JSON leaves alone and some readers take for the end of a line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_LINE_ENDS)


def _milliseconds(ticks: int | None) -> int | None:
    return None if ticks is None else to_milliseconds(ticks)
