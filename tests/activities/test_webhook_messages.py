"""What webhooks are sent."""

import json
from datetime import timedelta
from typing import Any

from jsonschema import Draft202012Validator

from activities import webhook_messages
from callscribe.contracts.status import LocaleInForce
from callscribe.transcript.assembly import assemble
from callscribe.transcript.formats.schema import SCHEMA
from tests.callscribe.runtime.store.conftest import SECRET_WORDS, START, sealing, segment

NOW = START + timedelta(minutes=11)
PEOPLE = {"4:+14255550123": "Ada", "8:acs:x_1": ""}


def sealed(**changes: Any) -> dict[str, Any]:
    """A message about a sealed revision."""
    usual: dict[str, Any] = {
        "id_": "msg_1",
        "revision": 2,
        "segments": 7,
        "locale": "en-US",
        "participants": PEOPLE,
        "public_url": "https://in.example/",
        "transcript": None,
        "now": NOW,
    }
    request = changes.pop("request", sealing("a/b"))
    message: dict[str, Any] = json.loads(webhook_messages.sealed(request, **{**usual, **changes}))
    return message


def test_a_sealed_transcript_without_its_text() -> None:
    """What it is worth, who was there, when, and where to find it."""
    message = sealed()
    assert {name: value for name, value in message.items() if name != "data"} == {
        "id": "msg_1",
        "type": "transcript.sealed",
        "created_at": "2026-11-22T09:41:00.123456Z",
    }
    assert message["data"] == {
        "call": "a/b",
        "revision": 2,
        "verdict": {
            "kind": "complete",
            "reason": "All of it.",
            "gaps": [],
            "counts": {"received": 0, "stored": 0, "duplicates": 0, "unreadable": 0, "amended": 0},
        },
        "call_connection_id": "cc",
        "locale": "en-US",
        "locales": ["en-US"],
        "started_at": "2026-11-22T09:29:55.123456Z",
        "connected_at": "2026-11-22T09:30:00.123456Z",
        "ended_at": "2026-11-22T09:40:00.123456Z",
        "end_reason": "hung up",
        "segments": 7,
        "participants": [{"id": "4:+14255550123", "name": "Ada"}, {"id": "8:acs:x_1", "name": "ACS user …x_1"}],
        "links": {
            "page": "https://in.example/calls/a%2Fb",
            "transcript": "https://in.example/api/calls/a%2Fb/transcript.json",
        },
    }


def test_every_locale_is_named_once() -> None:
    """The first one first, whatever the call ended in."""
    told = tuple(LocaleInForce(at=NOW, locale=locale) for locale in ("en-us", "de-DE", "en-US"))
    data = sealed(request=sealing("k", locale="en-US", locales=told))["data"]
    assert (data["locale"], data["locales"]) == ("en-US", ["en-US", "de-DE"])


def test_without_an_address_there_are_no_links() -> None:
    """Nobody has said where ingest can be reached."""
    assert sealed(public_url=None)["data"]["links"] == {"page": None, "transcript": None}


def test_a_sealed_transcript_with_its_text() -> None:
    """As the JSON export has it, by the same schema; in ASCII, whatever somebody is named."""
    transcript = assemble("k", locale="en-US", segments=[segment(1)], participants={"4:+14255550123": "\ud800 Ünal"})
    message = sealed(transcript=webhook_messages.document(transcript))
    document = message["data"]["transcript"]
    assert list(Draft202012Validator(SCHEMA).iter_errors(document)) == []
    assert document["segments"][0]["text"] == f"{SECRET_WORDS} 1"
    assert json.dumps(message).isascii()


def test_a_batch_of_segments() -> None:
    """In the order given, each with its place, its words and offsets that JavaScript does not round."""
    text = webhook_messages.segments(
        [segment(2), segment(1, words=(), duration=None)],
        id_="msg_1_1_3",
        call="k",
        round_=1,
        batch=3,
        participants=PEOPLE,
        now=NOW,
    )
    assert text.isascii()
    message = json.loads(text)
    assert (message["id"], message["type"]) == ("msg_1_1_3", "transcript.segments")
    assert {name: value for name, value in message["data"].items() if name != "segments"} == {
        "call": "k",
        "round": 1,
        "batch": 3,
    }
    first, second = message["data"]["segments"]
    assert first == {
        "stream": "s1",
        "position": 2,
        "participant": "4:+14255550123",
        "name": "Ada",
        "text": f"{SECRET_WORDS} 2",
        "offset": "2516942161212568048",
        "duration": "9600000",
        "words": [
            {"text": "the", "offset": "2516942161212568046", "duration": "1"},
            {"text": "merger", "offset": "5", "duration": None},
        ],
        "confidence": 0.48115640878677368,
        "locale": "en-US",
        "subscription": "sub",
        "received_at": "2026-11-22T09:30:02.123456Z",
    }
    assert (second["position"], second["words"], second["duration"]) == (1, [], None)


def test_a_ping() -> None:
    """Says whom it is for."""
    assert json.loads(webhook_messages.ping(id_="msg_1", hook="crm", now=NOW))["data"] == {"hook": "crm"}
