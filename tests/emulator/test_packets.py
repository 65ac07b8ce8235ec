"""The writer of packets, against the samples that were captured (protocol reference 1.3 to 1.5)."""

import json
import struct
from datetime import UTC, datetime

import pytest

from callscribe.acs import ticks
from emulator import packets
from emulator.scripts import Line, Word

METADATA = '{"kind":"TranscriptionMetadata","transcriptionMetadata":{"subscriptionId":"aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e","locale":"en-us","callConnectionId":"65c57654=f12c-4975-92a4-21668e61dd98","correlationId":"65c57654=f12c-4975-92a4-21668e61dd98"}}'
FINAL = '{"kind":"TranscriptionData","transcriptionData":{"text":"Hello everyone.","format":"display","confidence":0.922650933265686,"offset":212483227,"duration":9600000,"words":[{"text":"hello","offset":212483227,"duration":2800000},{"text":"everyone","offset":215283227,"duration":6800000}],"participantRawID":"4:+000000000000","resultStatus":"Final"}}'
OLDER = '{"kind":"TranscriptionData","transcriptionData":{"text":"It\'s working but.","format":"display","confidence":0.48115640878677368,"offset":2516942161212568046,"words":[{"text":"it\'s","offset":2516942161212568046},{"text":"working","offset":2516942161214168046},{"text":"but","offset":2516942161218568046}],"participantRawID":"4:+910000000000","resultStatus":"Final"}}'
INTERMEDIATE = '{"kind":"TranscriptionData","transcriptionData":{"text":"store hours","format":"display","offset":49876484,"duration":9200000,"participantRawID":"abc12345","resultStatus":"Intermediate"}}'


def line(participant: str, text: str, words: list[Word]) -> Line:
    """A line that spans its words."""
    end = words[-1].offset_ms + words[-1].duration_ms
    return Line(
        participant=participant,
        offset_ms=words[0].offset_ms,
        duration_ms=end - words[0].offset_ms,
        text=text,
        words=tuple(words),
    )


def test_metadata() -> None:
    """Byte for byte as documented."""
    written = packets.metadata(
        subscription_id="aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e",
        locale="en-us",
        call_connection_id="65c57654=f12c-4975-92a4-21668e61dd98",
        correlation_id="65c57654=f12c-4975-92a4-21668e61dd98",
        speech_model=None,
    )
    assert written == METADATA


def test_metadata_of_a_custom_model() -> None:
    """The model's endpoint is named as the SDKs' parsers name it."""
    written = packets.metadata(
        subscription_id="s", locale="en-US", call_connection_id="c", correlation_id="k", speech_model="m"
    )
    assert json.loads(written)["transcriptionMetadata"]["speechRecognitionModelEndpointId"] == "m"


def test_final() -> None:
    """Byte for byte as in the SDK's test, which came from a capture."""
    at = packets.Recogniser(base=83227, origin_ms=0, inverted=False)
    said = line("4:+000000000000", "Hello everyone.", [Word("hello", 21240, 280), Word("everyone", 21520, 680)])
    assert packets.final(said, at, confidence=0.922650933265686) == FINAL


def test_final_of_the_older_era() -> None:
    """The raw capture of February 2024: inverted base, no durations, a confidence of 17 digits."""
    base = 2516942161212568046
    at = packets.Recogniser(base=base, origin_ms=0, inverted=True)
    said = line(
        "4:+910000000000", "It's working but.", [Word("it's", 0, 150), Word("working", 160, 400), Word("but", 600, 90)]
    )
    written = packets.final(said, at, confidence=0.48115640878677368)
    assert json.loads(written) == json.loads(OLDER)


def test_intermediate() -> None:
    """Byte for byte as in the SDK's test: no words, no confidence."""
    at = packets.Recogniser(base=76484, origin_ms=0, inverted=False)
    said = line(
        "abc12345",
        "Store hours, please.",
        [Word("Store", 4980, 400), Word("hours", 5400, 500), Word("please", 6000, 300)],
    )
    assert packets.intermediate(said, at, words=2) == INTERMEDIATE


def test_text_is_not_escaped() -> None:
    """UTF-8 as it is, compact."""
    at = packets.Recogniser(base=0, origin_ms=0, inverted=False)
    written = packets.final(line("4:+1", "Schöne Grüße.", [Word("schöne", 0, 10)]), at, confidence=0.5)
    assert '"text":"Schöne Grüße."' in written
    assert ": " not in written


@pytest.mark.parametrize("value", [0.9, 0.48115640878677368, 0.0, 1.0])
def test_confidence_is_of_single_precision(value: float) -> None:
    """Widening it again changes nothing."""
    single = packets.single(value)
    assert struct.unpack("f", struct.pack("f", single))[0] == single


def test_bases() -> None:
    """Era B draws less than 10 ms; era A decodes to the instant it was made from, to the tick."""
    drawn = packets.recogniser(seed="a", origin_ms=0, inverted=False, now=0.0)
    assert 0 <= drawn.base < 100_000
    instant = datetime(2024, 2, 16, 11, 57, 58, 743000, tzinfo=UTC)
    older = packets.recogniser(seed="a", origin_ms=0, inverted=True, now=instant.timestamp())
    assert ticks.is_inverted(older.base)
    assert abs((ticks.inverted_to_instant(older.base) - instant).total_seconds()) < 0.001


def test_what_began_before_the_recogniser_begins_with_it() -> None:
    """No offset is negative, and durations shrink accordingly."""
    at = packets.Recogniser(base=7, origin_ms=1000, inverted=False)
    assert at.place(400) == 7
    assert at.place(1500) == 5_000_007
    assert at.length(400, 1100) == 5_000_000
