"""The JSON schemas of the JSON and JSON Lines exports; `docs/schemas` holds them as files.

Under the same version fields may be added, and values of `cause`; none is removed or changes meaning. Readers must
pass over fields they do not know.
"""

from typing import Any, Final

from callscribe.transcript.facts import GapCause, VerdictKind

FORMAT: Final = "callscribe.transcript/1"
LINES_FORMAT: Final = "callscribe.transcript.lines/1"

_INSTANT: Final = {"type": "string", "format": "date-time"}
_TICKS: Final = {"type": "string", "pattern": r"^-?\d+$", "description": "Ticks of 100 ns, 64-bit, as digits."}
_COUNT: Final = {"type": "integer", "minimum": 0}
_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


def _optional(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(properties: dict[str, Any], added: dict[str, Any] | None = None) -> dict[str, Any]:
    """`added`: properties that documents of this version from before they were added do not have."""
    return {"type": "object", "properties": properties | (added or {}), "required": list(properties)}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


_GAP: Final = _object(
    {
        "start": _INSTANT,
        "end": _INSTANT,
        "cause": {"type": "string", "description": "Others may be added.", "examples": [one.value for one in GapCause]},
        "note": {"type": "string"},
    }
)
_VERDICT: Final = _object(
    {
        "kind": {"enum": [kind.value for kind in VerdictKind]},
        "reason": {"type": "string", "description": "One sentence for a person."},
        "gaps": _list(_GAP),
        "counts": _object(
            {
                "received": _COUNT | {"description": "Segments that came, repeats included."},
                "stored": _COUNT,
                "duplicates": _COUNT,
                "unreadable": _COUNT | {"description": "Messages that could not be read and are kept raw."},
                "amended": _COUNT | {"description": "Of those stored, the ones that came after the sealing."},
            }
        ),
    }
)
_STREAM: Final = _object(
    {
        "id": {"type": "string"},
        "opened_at": _INSTANT,
        "closed_at": _optional(_INSTANT),
        "close_reason": _optional({"type": "string"}),
    }
)
_ON_THE_LINE: Final = _COUNT | {"description": "On the transcript's time line, from `zero_at`."}
_WORD: Final = _object(
    {
        "text": {"type": "string"},
        "start_ms": _ON_THE_LINE,
        "end_ms": _ON_THE_LINE,
        "offset": _TICKS,
        "duration": _optional(_TICKS),
    }
)
_SEGMENT: Final = _object(
    {
        "stream": {"type": "string"},
        "position": {"type": "integer", "minimum": 1, "description": "Among the finals of its stream, by arrival."},
        "participant": {"type": "string", "description": "Raw id, as ACS names the participant."},
        "name": {"type": "string"},
        "text": {"type": "string"},
        "start_ms": _ON_THE_LINE,
        "end_ms": _ON_THE_LINE,
        "offset": _TICKS | {"description": "As ACS sent it; its zero may differ from subscription to subscription."},
        "duration": _optional(_TICKS),
        "words": _list(_WORD),
        "confidence": _optional({"type": "number"}),
        "locale": _optional({"type": "string"}),
        "subscription": _optional({"type": "string"}),
        "received_at": _INSTANT,
    }
)
_PART: Final = _object({"since_ms": _optional(_COUNT), "until_ms": _optional(_COUNT)})


def _header(form: str) -> dict[str, Any]:
    return {
        "format": {"const": form},
        "call": {"type": "string"},
        "revision": _COUNT | {"description": "0 while the call runs, 1 once sealed, more when amended."},
        "verdict": _optional(_VERDICT) | {"description": "Null while the call runs."},
        "locale": {"type": "string", "description": "In which the call began."},
        "started_at": _optional(_INSTANT),
        "connected_at": _optional(_INSTANT),
        "ended_at": _optional(_INSTANT),
        "zero_at": _optional(_INSTANT) | {"description": "When the time line of `start_ms` and `end_ms` begins."},
        "part": _optional(_PART) | {"description": "Set where only a part of the call was asked for."},
        "participants": _list(_object({"id": {"type": "string"}, "name": {"type": "string"}})),
        "streams": _list(_STREAM),
    }


_ADDED: Final = {
    "locales": _list({"type": "string"})
    | {"description": "In which it was heard, each once: `locale`, then the others by their first words."}
}

SCHEMA: Final[dict[str, Any]] = {
    "$schema": _DRAFT,
    "$id": "urn:callscribe:transcript:1",
    "title": "A call's transcript",
    **_object(_header(FORMAT) | {"segments": _list(_SEGMENT)}, _ADDED),
}
"""Of the JSON export."""

LINES_SCHEMA: Final[dict[str, Any]] = {
    "$schema": _DRAFT,
    "$id": "urn:callscribe:transcript.lines:1",
    "title": "A line of a call's transcript: the first has `format`, every other is a segment",
    "if": {"required": ["format"]},
    "then": _object(_header(LINES_FORMAT), _ADDED),
    "else": _SEGMENT,
}
"""Of every line of the JSON Lines export."""
