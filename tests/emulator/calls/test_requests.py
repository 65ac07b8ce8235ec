"""Bodies as the SDK writes them (protocol reference 4.2) are read; anything else is refused with its code."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.calls import requests
from emulator.calls.refusals import Refusal

CREATE: dict[str, Any] = {
    "targets": [{"rawId": "4:+14255550123", "phoneNumber": {"value": "+14255550123"}}],
    "sourceCallerIdNumber": {"value": "+18005550100"},
    "operationContext": "ctx",
    "callbackUri": "https://x.example/cb?k=1",
    "callIntelligenceOptions": {"cognitiveServicesEndpoint": "https://cog.example/"},
    "transcriptionOptions": {
        "transportType": "websocket",
        "locale": "en-US",
        "transportUrl": "wss://h.example/ws?call=1&t=a%20b",
        "startTranscription": False,
        "enableIntermediateResults": True,
    },
}


def test_create() -> None:
    """The SDK's own body."""
    setup = requests.parse_create(CREATE, require_tls=True)
    assert setup.targets == ("4:+14255550123",)
    assert setup.source_caller_id == "+18005550100"
    assert setup.cognitive_services_endpoint == "https://cog.example/"
    assert setup.transcription == requests.TranscriptionOptions(
        locale="en-US",
        transport_url="wss://h.example/ws?call=1&t=a%20b",
        start=False,
        intermediate_results=True,
        speech_model=None,
    )


@pytest.mark.parametrize(
    ("locator", "expected"),
    [
        ({"roomId": "99455010479855809", "kind": "roomCallLocator"}, "99455010479855809"),
        ({"groupCallId": "g", "kind": "groupCallLocator"}, "g"),
        ({"serverCallId": "s", "kind": "serverCallLocator"}, "s"),
    ],
)
def test_connect(locator: dict[str, str], expected: str) -> None:
    """All three locators."""
    setup = requests.parse_connect({"callLocator": locator, "callbackUri": "https://x/cb"}, require_tls=False)
    assert (setup.kind, setup.locator) == ("connect", expected)


def test_answer() -> None:
    """The context is kept for the service to look up."""
    setup = requests.parse_answer({"incomingCallContext": "c", "callbackUri": "https://x/cb"}, require_tls=False)
    assert (setup.kind, setup.incoming_call_context) == ("answer", "c")


@pytest.mark.parametrize(
    "change",
    [
        {"targets": []},
        {"targets": [{}]},
        {"targets": "4:+1"},
        {"callbackUri": None},
        {"callbackUri": "ftp://x"},
        {"transcriptionOptions": {"transportType": "carrier pigeon", "locale": "en-US"}},
        {"transcriptionOptions": {"transportType": "websocket"}},
        {"transcriptionOptions": {"transportType": "websocket", "locale": "en"}},
        {"transcriptionOptions": {"transportType": "websocket", "locale": "en-US-NancyNeural"}},
        {"transcriptionOptions": ["websocket"]},
    ],
)
def test_bad_create(change: dict[str, Any]) -> None:
    """400/8523 for each argument that cannot be used."""
    with pytest.raises(Refusal) as refused:
        requests.parse_create(CREATE | change, require_tls=False)
    assert (refused.value.status, refused.value.code) == (400, "8523")


def test_bad_locators() -> None:
    """A locator names exactly one call, of the kind it says."""
    for locator in (None, {}, {"roomId": "1", "groupCallId": "2"}, {"roomId": "1", "kind": "groupCallLocator"}):
        with pytest.raises(Refusal):
            requests.parse_connect({"callLocator": locator, "callbackUri": "https://x/cb"}, require_tls=False)


def test_tls_can_be_required() -> None:
    """Without the switch plain addresses do, for loopback; with it they are refused as by ACS."""
    plain = CREATE | {"callbackUri": "http://127.0.0.1/cb"}
    requests.parse_create(plain, require_tls=False)
    with pytest.raises(Refusal, match="CallbackUri"):
        requests.parse_create(plain, require_tls=True)
    socket = CREATE | {"transcriptionOptions": CREATE["transcriptionOptions"] | {"transportUrl": "ws://x"}}
    with pytest.raises(Refusal, match="TransportUrl"):
        requests.parse_create(socket, require_tls=True)


def test_operations() -> None:
    """Start, update and stop share one body."""
    body = {
        "locale": "en-AU",
        "operationContext": "s1",
        "operationCallbackUri": "https://y/",
        "speechModelEndpointId": "m",
    }
    assert requests.parse_operation(body) == requests.Operation(
        locale="en-AU", operation_context="s1", callback_uri="https://y/", speech_model="m"
    )
    assert requests.parse_operation({}) == requests.Operation()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*CREATE, "value", "rawId", "kind", "roomId"]), inner)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*CREATE, "callLocator", "incomingCallContext", "locale"]), json_values))
def test_any_object_is_read_or_refused(body: dict[str, Any]) -> None:
    """Parsing returns a request or raises Refusal, never anything else."""
    codes = set()
    for parse in (requests.parse_create, requests.parse_connect, requests.parse_answer):
        try:
            parse(body, require_tls=False)
        except Refusal as refused:
            codes.add((refused.status, refused.code))
    try:
        requests.parse_operation(body)
    except Refusal as refused:
        codes.add((refused.status, refused.code))
    assert codes <= {(400, "8523")}
