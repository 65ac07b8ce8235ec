"""Incoming calls: contexts are good once, and for a while."""

import base64
import json

import pytest

from emulator.calls.machine import Plan
from emulator.calls.refusals import Refusal
from emulator.incoming import (
    Incoming,
    IncomingCalls,
    incoming_event,
    make_context,
    make_server_call_id,
    validation_event,
)
from emulator.scripts import silence


def ringing(context: str = "c") -> Incoming:
    """A call that rings until second 100."""
    return Incoming(
        context=context,
        caller="4:+12025550162",
        callee="8:acs:r_u",
        display_name="",
        server_call_id="s",
        correlation_id="k",
        plan=Plan(script=silence()),
        expires=100.0,
    )


def test_contexts_are_good_once() -> None:
    """404/8522 for a used or expired one, 400/8523 for one that nobody issued."""
    calls = IncomingCalls()
    calls.add(ringing())
    calls.add(ringing("late"))
    assert calls.take("c", "answered", 99.0).state == "answered"
    for context, now, status, code in (("c", 99.0, 404, "8522"), ("late", 101.0, 404, "8522"), ("?", 0.0, 400, "8523")):
        with pytest.raises(Refusal) as refused:
            calls.take(context, "answered", now)
        assert (refused.value.status, refused.value.code) == (status, code)
    assert calls.calls["late"].state == "expired"


def test_context_looks_like_a_token_without_signature() -> None:
    """Its head says that there is no algorithm."""
    context = make_context("a", "b", "k")
    assert context.startswith("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.")


def test_server_call_id_is_a_conversation_url() -> None:
    """As recorded: base64 of an https address, with .NET ticks."""
    url = base64.b64decode(make_server_call_id("0f" * 16, 1750180963.0)).decode()
    assert url.startswith("https://api.flightproxy.skype.com/api/v2/cp/conv-")
    assert url.endswith("&e=638857777630000000")


def test_event_grid_bodies() -> None:
    """The fields of Event Grid's own schema, one event an array."""
    (validation,) = validation_event(event_id="1", code="ABC", topic="t", now=0.0)
    assert validation["data"] == {"validationCode": "ABC"}
    assert validation["eventType"] == "Microsoft.EventGrid.SubscriptionValidationEvent"
    (event,) = incoming_event(ringing(), event_id="1", topic="t", now=0.0)
    assert set(event) == {
        "id",
        "topic",
        "subject",
        "data",
        "eventType",
        "dataVersion",
        "metadataVersion",
        "eventTime",
    }
    assert event["eventTime"] == "1970-01-01T00:00:00Z"
    assert event["data"]["to"]["kind"] == "communicationUser"
    json.dumps(event)
