"""The JSON schema of the JSON export. Fields may be added under the same version; none is removed or changes meaning."""

from typing import Any, Final

from callscribe.transcript.facts import GapCause, VerdictKind

FORMAT: Final = "callscribe.transcript/1"

_INSTANT: Final = {"type": "string", "format": "date-time"}
_TICKS: Final = {"type": "string", "pattern": r"^-?\d+$", "description": "Ticks of 100 ns, 64-bit, as digits."}


def _optional(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(properties: dict[str, Any], *, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


_COUNT: Final = {"type": "integer", "minimum": 0}
_GAP: Final = _object(
    {
        "start": _INSTANT,
        "end": _INSTANT,
        "cause": {"enum": [cause.value for cause in GapCause]},
        "note": {"type": "string"},
    }
)
_VERDICT: Final = _object(
    {
        "kind": {"enum": [kind.value for kind in VerdictKind]},
        "reason": {"type": "string", "description": "One sentence for a person."},
        "gaps": _list(_GAP),
        "counts": _object({"received": _COUNT, "stored": _COUNT, "duplicates": _COUNT, "unreadable": _COUNT}),
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
_SEGMENT: Final = _object(
    {
        "stream": {"type": "string"},
        "position": {"type": "integer", "minimum": 1, "description": "Among the finals of its stream, by arrival."},
        "participant": {"type": "string", "description": "Raw id, as ACS names the participant."},
        "name": {"type": "string"},
        "text": {"type": "string"},
        "start_ms": {"type": "integer", "minimum": 0, "description": "On the transcript's time line, from `zero_at`."},
        "end_ms": {"type": "integer", "minimum": 0},
        "offset": _TICKS | {"description": "As ACS sent it; its zero may differ from subscription to subscription."},
        "duration": _optional(_TICKS),
        "words": _list(_object({"text": {"type": "string"}, "offset": _TICKS, "duration": _optional(_TICKS)})),
        "confidence": _optional({"type": "number"}),
        "locale": _optional({"type": "string"}),
        "subscription": _optional({"type": "string"}),
        "received_at": _INSTANT,
    }
)

SCHEMA: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:callscribe:transcript:1",
    "title": "A call's transcript",
    **_object(
        {
            "format": {"const": FORMAT},
            "call": {"type": "string"},
            "revision": _COUNT | {"description": "0 while the call runs, 1 once sealed, more when amended."},
            "verdict": _optional(_VERDICT),
            "locale": {"type": "string"},
            "started_at": _optional(_INSTANT),
            "connected_at": _optional(_INSTANT),
            "ended_at": _optional(_INSTANT),
            "zero_at": _optional(_INSTANT) | {"description": "When the time line of `start_ms` and `end_ms` begins."},
            "participants": _list(_object({"id": {"type": "string"}, "name": {"type": "string"}})),
            "streams": _list(_STREAM),
            "segments": _list(_SEGMENT),
        }
    ),
}
