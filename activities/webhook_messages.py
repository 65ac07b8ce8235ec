"""What a webhook is sent: the bodies of its messages, as JSON in ASCII. Pure; the clock is an argument."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from callscribe.acs.locales import each_once
from callscribe.acs.ticks import digits
from callscribe.contracts.links import page_path
from callscribe.contracts.steps import SealTranscript
from callscribe.contracts.webhooks import WebhookEvent
from callscribe.transcript.excerpt import excerpt
from callscribe.transcript.formats import json as json_format
from callscribe.transcript.formats.reading import instant
from callscribe.transcript.model import RawId, Segment, Transcript


def sealed(  # noqa: PLR0913 - what the message says, each by its name
    request: SealTranscript,
    *,
    id_: str,
    revision: int,
    segments: int,
    locale: str,
    participants: Mapping[RawId, str],
    public_url: str | None,
    transcript: dict[str, Any] | None,
    now: datetime,
) -> str:
    """`transcript.sealed`: how the call ended and what its transcript is worth; its text only if `transcript`, a `document`,
    is given.

    `public_url` is ingest's address where it is known; without it there are no links. `locale`: the
    one that the call began in, as in its exports; `locales` in the message begin with it.
    """
    known = request.result.model_dump(
        mode="json",
        include={"verdict", "call_connection_id", "started_at", "connected_at", "ended_at", "end_reason"},
    )
    transcribed = Transcript(key=request.key, locale=locale, participants=dict(participants))
    data: dict[str, Any] = {
        "call": request.key,
        "revision": revision,
        "locale": locale,
        "locales": list(each_once([locale, *(each.locale for each in request.result.locales)])),
        **known,
        "segments": segments,
        "participants": [{"id": raw_id, "name": transcribed.name_of(raw_id)} for raw_id in participants],
        "links": _links(public_url, request.key),
    }
    if transcript is not None:
        data["transcript"] = transcript
    return _message(id_, WebhookEvent.SEALED, data, now)


def document(transcript: Transcript) -> dict[str, Any]:
    """A transcript as `transcript.sealed` holds it: the longer it is, the longer it takes to make."""
    return json_format.document(excerpt(transcript))


def segments(
    said: Sequence[Segment],
    *,
    id_: str,
    call: str,
    round_: int,
    batch: int,
    participants: Mapping[RawId, str],
    now: datetime,
) -> str:
    """`transcript.segments`: segments in the order in which they were stored."""
    known = Transcript(key=call, locale="und", participants=dict(participants))
    data = {"call": call, "round": round_, "batch": batch, "segments": [_segment(each, known) for each in said]}
    return _message(id_, WebhookEvent.SEGMENTS, data, now)


def ping(*, id_: str, hook: str, now: datetime) -> str:
    """`ping`: a message to try a webhook with."""
    return _message(id_, WebhookEvent.PING, {"hook": hook}, now)


def _message(id_: str, event: WebhookEvent, data: dict[str, Any], now: datetime) -> str:
    message = {"id": id_, "type": event.value, "created_at": instant(now), "data": data}
    # In ASCII: half a surrogate pair in a name must not make a message that nobody can send.
    return json.dumps(message, separators=(",", ":"))


def _links(public_url: str | None, call: str) -> dict[str, str | None]:
    if public_url is None:
        return {"page": None, "transcript": None}
    base, path = public_url.rstrip("/"), page_path(call)
    return {"page": f"{base}{path}", "transcript": f"{base}/api{path}/transcript.json"}


def _segment(own: Segment, known: Transcript) -> dict[str, Any]:
    """As in the JSON export, but for the times on the whole transcript's line, which are not known yet."""
    return {
        "stream": own.stream,
        "position": own.position,
        "participant": own.participant,
        "name": known.name_of(own.participant),
        "text": own.text,
        "offset": str(own.offset),
        "duration": digits(own.duration),
        "words": [
            {"text": word.text, "offset": str(word.offset), "duration": digits(word.duration)} for word in own.words
        ],
        "confidence": own.confidence,
        "locale": own.locale,
        "subscription": own.subscription,
        "received_at": instant(own.received_at),
    }
