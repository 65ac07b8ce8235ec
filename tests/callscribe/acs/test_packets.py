"""The packet reader: the reference's verbatim samples, drift, and anything at all."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callscribe.acs.packets import (
    FinalPacket,
    IntermediatePacket,
    MetadataPacket,
    OtherPacket,
    Packet,
    PacketError,
    PacketWord,
    parse_packet,
)

SAMPLES: list[tuple[str, str, Packet]] = [
    (
        "metadata, general availability",
        '{"kind":"TranscriptionMetadata","transcriptionMetadata":{"subscriptionId":"aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e","locale":"en-us","callConnectionId":"65c57654=f12c-4975-92a4-21668e61dd98","correlationId":"65c57654=f12c-4975-92a4-21668e61dd98"}}',
        MetadataPacket(
            subscription_id="aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e",
            locale="en-us",
            call_connection_id="65c57654=f12c-4975-92a4-21668e61dd98",
            correlation_id="65c57654=f12c-4975-92a4-21668e61dd98",
        ),
    ),
    (
        "metadata, AI preview",
        '{"kind":"TranscriptionMetadata","transcriptionMetadata":{"subscriptionId":"863b5e55-de0d-4fc3-8e58-2d68e976b5ad","locale":"en-US","callConnectionId":"02009180-9dc2-429b-a3eb-d544b7b6a0e1","correlationId":"62c8215b-5276-4d3c-bb6d-06a1b114651b","speechModelEndpointId":null,"locales":[],"enableSentimentAnalysis":true,"piiRedactionOptions":{"enable":true,"redactionType":"MaskWithCharacter"}}}',
        MetadataPacket(
            subscription_id="863b5e55-de0d-4fc3-8e58-2d68e976b5ad",
            locale="en-US",
            call_connection_id="02009180-9dc2-429b-a3eb-d544b7b6a0e1",
            correlation_id="62c8215b-5276-4d3c-bb6d-06a1b114651b",
        ),
    ),
    (
        "final of February 2024, without durations, inverted offsets",
        '{"kind":"TranscriptionData","transcriptionData":{"text":"It\'s working but.","format":"display","confidence":0.48115640878677368,"offset":2516942161212568046,"words":[{"text":"it\'s","offset":2516942161212568046},{"text":"working","offset":2516942161214168046},{"text":"but","offset":2516942161218568046}],"participantRawID":"4:+910000000000","resultStatus":"Final"}}',
        FinalPacket(
            text="It's working but.",
            offset=2516942161212568046,
            participant="4:+910000000000",
            words=(
                PacketWord(text="it's", offset=2516942161212568046),
                PacketWord(text="working", offset=2516942161214168046),
                PacketWord(text="but", offset=2516942161218568046),
            ),
            confidence=0.48115640878677368,
        ),
    ),
    (
        "final, current shape",
        '{"kind":"TranscriptionData","transcriptionData":{"text":"Hello everyone.","format":"display","confidence":0.922650933265686,"offset":212483227,"duration":9600000,"words":[{"text":"hello","offset":212483227,"duration":2800000},{"text":"everyone","offset":215283227,"duration":6800000}],"participantRawID":"4:+000000000000","resultStatus":"Final"}}',
        FinalPacket(
            text="Hello everyone.",
            offset=212483227,
            participant="4:+000000000000",
            duration=9600000,
            words=(
                PacketWord(text="hello", offset=212483227, duration=2800000),
                PacketWord(text="everyone", offset=215283227, duration=6800000),
            ),
            confidence=0.922650933265686,
        ),
    ),
    (
        "intermediate",
        '{"kind":"TranscriptionData","transcriptionData":{"text":"store hours","format":"display","offset":49876484,"duration":9200000,"participantRawID":"abc12345","resultStatus":"Intermediate"}}',
        IntermediatePacket(text="store hours", offset=49876484, participant="abc12345", duration=9200000),
    ),
    (
        "final, redaction and sentiment preview",
        '{"kind":"TranscriptionData","transcriptionData":{"text":"My date of birth is *********.","format":"display","confidence":0.8726407289505005,"offset":309058340,"duration":31600000,"words":[],"participantRawID":"4:+910000000000","resultStatus":"Final","sentimentAnalysisResult":{"sentiment":"neutral"}}}',
        FinalPacket(
            text="My date of birth is *********.",
            offset=309058340,
            participant="4:+910000000000",
            duration=31600000,
            confidence=0.8726407289505005,
        ),
    ),
]


def data(**changes: Any) -> str:
    """A final packet with fields changed; a value of `...` takes its field away."""
    payload = {"text": "Yes.", "offset": 10, "participantRawID": "4:+1", "resultStatus": "Final"} | changes
    return json.dumps({"transcriptionData": {name: value for name, value in payload.items() if value is not ...}})


@pytest.mark.parametrize(("text", "expected"), [(text, packet) for _, text, packet in SAMPLES])
def test_reads_the_samples_of_the_reference(text: str, expected: Packet) -> None:
    """Every verbatim sample is read the same as text and as bytes, and without its kind."""
    assert parse_packet(text) == expected
    assert parse_packet(text.encode()) == expected
    body = json.loads(text)
    kind = body.pop("kind")
    assert parse_packet(json.dumps(body)) == expected
    assert parse_packet(json.dumps(body | {"KIND": kind.upper()})) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"participantRawID": ..., "participantRawId": "4:+1"},
        {"resultStatus": ..., "resultState": "final"},
        {"resultStatus": "FINAL"},
        {"resultStatus": "Recognized"},
        {"format": "Display"},
        {"duration": None, "words": None, "confidence": None},
        {"words": "none", "confidence": "high", "duration": [1]},
        {"words": [{"text": "yes"}, 7, None]},
        {"offset": "10"},
        {"offset": 10.0},
        {"unknown": {"field": 1}},
    ],
)
def test_tolerates_drift(changes: dict[str, Any]) -> None:
    """Other spellings, nulls and broken optional parts cost no word."""
    assert parse_packet(data(**changes)) == FinalPacket(text="Yes.", offset=10, participant="4:+1")


@pytest.mark.parametrize("participant", ["4:" + "1" * 9_000, "4:" + "ä" * 500])
def test_a_raw_id_that_fits_in_no_index_is_unreadable(participant: str) -> None:
    """No database would take it: the packet is kept raw, and the call's other words are stored."""
    with pytest.raises(PacketError, match="participantRawID of more than 1000 bytes"):
        parse_packet(data(participantRawID=participant))
    assert parse_packet(data(participantRawID=participant[:501])) == FinalPacket(
        text="Yes.", offset=10, participant=participant[:501]
    )


def test_a_locale_as_long_as_a_book_is_none() -> None:
    """It would make every segment as long."""
    assert parse_packet(data(languageIdentified="x" * 1001)) == FinalPacket(text="Yes.", offset=10, participant="4:+1")
    long = json.dumps({"transcriptionMetadata": {"subscriptionId": "x" * 1001, "locale": "x" * 1001}})
    assert parse_packet(long) == MetadataPacket()


@pytest.mark.parametrize("name", ["speechModelEndpointId", "speechRecognitionModelEndpointId"])
def test_both_names_of_the_speech_model(name: str) -> None:
    """The custom model's id has two names on the wire."""
    assert parse_packet(json.dumps({"transcriptionMetadata": {name: "m"}})) == MetadataPacket(speech_model_id="m")


def test_what_may_be_missing() -> None:
    """Text, offset and status are enough for a final."""
    assert parse_packet(data(participantRawID=...)) == FinalPacket(text="Yes.", offset=10)
    assert parse_packet(data(languageIdentified="de-DE", confidence=1)) == FinalPacket(
        text="Yes.", offset=10, participant="4:+1", confidence=1.0, language="de-DE"
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"kind":"AudioData","audioData":{"data":"AAAA"}}', "AudioData"),
        ('{"kind":"audiometadata"}', "AudioMetadata"),
        ('{"dtmfData":{"data":"5"}}', "DtmfData"),
        ('{"kind":"TranscriptionSummary","transcriptionData":{}}', "TranscriptionSummary"),
    ],
)
def test_other_kinds_are_no_error(text: str, kind: str) -> None:
    """A kind that carries no transcript is named, whatever its payload."""
    assert parse_packet(text) == OtherPacket(kind=kind)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        '"TranscriptionData"',
        "{}",
        '{"kind":null}',
        '{"kind":"TranscriptionData"}',
        '{"kind":"TranscriptionData","transcriptionData":[]}',
        data(text=...),
        data(text=7),
        data(offset=...),
        data(offset=None),
        data(offset=True),
        data(offset=2**63),
        data(offset=1.5),
        data(resultStatus=...),
        data(resultStatus="Perhaps"),
        data(confidence=float("nan")),
        data(confidence=float("inf")),
        "[" * 200_000,
        '{"kind":' * 100_000,
        '{"transcriptionData":{"offset":' + "9" * 5000 + "}}",
        b"\xff\xfe\xfa",
        b'{"kind":"\xff"}',
    ],
)
def test_refuses_what_cannot_be_read(text: str | bytes) -> None:
    """Anything that is no packet is a PacketError that does not quote it."""
    with pytest.raises(PacketError) as caught:
        parse_packet(text)
    assert "Yes." not in str(caught.value)


def test_text_can_be_stored_anywhere() -> None:
    """NUL and lone surrogates, which databases refuse, are replaced; a surrogate pair is its character."""
    packet = parse_packet(
        '{"transcriptionData":{"text":"a\\u0000b\\ud800c\\ud83d\\ude00","offset":1,"resultStatus":"Final"}}'
    )
    assert isinstance(packet, FinalPacket)
    assert packet.text == "a\ufffdb\ufffdc\U0001f600"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
near = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["TranscriptionData", "transcriptionmetadata", "AudioData"]) | values,
        "transcriptionData": st.fixed_dictionaries(
            {},
            optional={
                "text": st.text() | values,
                "offset": st.integers() | values,
                "duration": values,
                "resultStatus": st.sampled_from(["Final", "intermediate"]) | values,
                "participantRawID": values,
                "confidence": values,
                "words": st.lists(st.fixed_dictionaries({}, optional={"text": values, "offset": values})) | values,
            },
        )
        | values,
        "transcriptionMetadata": st.dictionaries(st.sampled_from(["locale", "subscriptionId"]), values) | values,
    },
)


@given(
    st.text() | st.binary() | values.map(json.dumps) | near.map(json.dumps) | near.map(lambda v: json.dumps(v).encode())
)
@example("\ud800")
@example('{"\ud800":1,"kind":"\udfff"}')
@example('{"transcriptionData":{"text":"","offset":1e999,"resultStatus":"Final"}}')
@example('{"transcriptionData":{"text":"","offset":1,"confidence":' + "9" * 4000 + ',"resultStatus":"Final"}}')
def test_parsing_returns_a_packet_or_raises_packet_error(text: str | bytes) -> None:
    """Parsing returns a packet or raises PacketError, never anything else."""
    try:
        packet = parse_packet(text)
    except PacketError:
        return
    assert isinstance(packet, Packet)
    if isinstance(packet, FinalPacket | IntermediatePacket):
        packet.text.encode()
        assert -(2**63) <= packet.offset < 2**63


@given(st.integers(-(2**63), 2**63 - 1))
def test_offsets_are_exact(offset: int) -> None:
    """A 64-bit offset survives, above 2^53 too."""
    packet = parse_packet(data(offset=offset))
    assert isinstance(packet, FinalPacket)
    assert packet.offset == offset
