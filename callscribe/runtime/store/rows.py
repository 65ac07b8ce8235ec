"""Models to rows and back."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping

from callscribe.acs.identifiers import readable
from callscribe.contracts.amendment import SealedCall
from callscribe.contracts.call import CallRequest
from callscribe.contracts.status import CallResult, CallState
from callscribe.contracts.steps import SealTranscript
from callscribe.runtime.store.indexing import spoken
from callscribe.runtime.store.records import StoredCall
from callscribe.runtime.store.schema import plain, segments
from callscribe.runtime.store.words import fold
from callscribe.transcript.facts import VerdictKind
from callscribe.transcript.model import RawId, Segment, Stream, Word

SEGMENT_COLUMNS = tuple(segments.c[name] for name in Segment.model_fields)
"""What `row_to_segment` needs."""
_LARGEST = 2**63 - 1


def segment_to_row(call: str, segment: Segment, *, is_sqlite: bool) -> dict[str, Any]:
    """A row of `segments`."""
    text = plain(segment.text)
    return {
        "call": call,
        "stream": segment.stream,
        "position": segment.position,
        "identity": segment.identity,
        "participant": segment.participant,
        "text": text,
        "offset": bounded(segment.offset),
        "duration": None if segment.duration is None else bounded(segment.duration),
        "words": [[plain(word.text), word.offset, word.duration] for word in segment.words],
        "confidence": segment.confidence,
        "locale": segment.locale,
        "subscription": segment.subscription,
        "received_at": segment.received_at,
        "spoken": spoken(text, is_sqlite=is_sqlite),
    }


def row_to_segment(row: Mapping[Any, Any]) -> Segment:
    """The segment of a row of `segments`."""
    words = tuple(Word(text=text, offset=offset, duration=duration) for text, offset, duration in row["words"])
    fields = {name: row[name] for name in Segment.model_fields if name != "words"}
    return Segment(**fields, words=words)


def row_to_stream(row: RowMapping) -> Stream:
    """The stream of a row of `streams`."""
    return Stream(**{name: row[name] for name in Stream.model_fields})


def row_to_call(row: RowMapping, participants: Mapping[RawId, str], segment_count: int) -> dict[str, Any]:
    """The fields of a `StoredCall`, from a row of `calls` and everybody's names."""
    result = row["result"]
    fields = {name: row[name] for name in StoredCall.model_fields if name in row}
    return {
        **fields,
        "verdict": result and result.get("verdict"),
        "locales": (result and result.get("locales")) or (),
        "participants": participants,
        "segment_count": segment_count,
    }


def row_to_sealed(row: RowMapping) -> SealedCall:
    """The newest sealed revision, from a row of `calls`; an empty one where none was sealed."""
    if not row["sealed_revision"]:
        return SealedCall(key=row["key"])
    return SealedCall(
        key=row["key"],
        revision=row["sealed_revision"],
        result=row["result"],
        facts=row["facts"],
        participants=row["participants"],
    )


def names_to_row(key: str, names: Mapping[RawId, str]) -> dict[str, Any]:
    """What the call's row says of the people that its request or its seal names."""
    return {
        "participants": {plain(raw_id): plain(name) for raw_id, name in names.items()},
        "described": description(key, names),
    }


def sealed_to_row(sealed: SealTranscript, streams: Sequence[Mapping[str, Any]], revision: int) -> dict[str, Any]:
    """What sealing writes into the call's row. `streams` are its rows, for ids that the result does not hold."""
    result = sealed.result
    failed = result.verdict.kind is VerdictKind.FAILED
    request = {} if sealed.request is None else {"request": _without_secrets(sealed.request)}
    return request | {
        "started_at": result.started_at,
        "connected_at": result.connected_at,
        "ended_at": result.ended_at,
        "end_reason": result.end_reason,
        "locale": result.locale,
        "call_connection_id": result.call_connection_id,
        "correlation_id": next((row["correlation_id"] for row in streams if row["correlation_id"]), None),
        "state": CallState.FAILED if failed else CallState.SEALED,
        "verdict": result.verdict.kind,
        "revision": revision,
        "sealed_revision": revision,
        **names_to_row(sealed.key, sealed.participants),
        "result": result.model_copy(update={"revision": revision}).model_dump(mode="json"),
        "facts": None if sealed.facts is None else sealed.facts.model_dump(mode="json"),
    }


def same_result(stored: Any, result: CallResult) -> bool:
    """Whether the stored result says the same; its own revision is the store's to count."""
    if stored is None:
        return False
    return CallResult.model_validate(stored).model_copy(update={"revision": result.revision}) == result


def description(key: str, names: Mapping[RawId, str]) -> str:
    """What a list is filtered by: a key and people, folded, a line each. Folded texts have no spaces: a telephone number is
    found however it is written.
    """
    parts = [key, *(part for raw_id, name in names.items() for part in (raw_id, readable(raw_id), name))]
    return "\n".join(dict.fromkeys(folded for part in parts if (folded := fold(part))))


def bounded(ticks: int) -> int:
    """`ticks` in 64 bits: a senseless offset must not keep a call's words out of the store for ever."""
    return max(-_LARGEST, min(ticks, _LARGEST))


def _without_secrets(request: CallRequest) -> dict[str, Any]:
    return request.model_dump(mode="json", exclude={"carried": True, "origin": {"incoming_call_context"}})
