"""The JSON export."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from callscribe.transcript.formats import FORMATS
from callscribe.transcript.formats.schema import SCHEMA
from callscribe.transcript.model import Transcript
from tests.callscribe.transcript.formats.samples import ERA_A, VERDICT, awkward, conversations, empty, real

render = FORMATS["json"].render
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)


@pytest.mark.parametrize("transcript", [awkward(), empty()], ids=["awkward", "empty"])
def test_it_fits_its_schema(transcript: Transcript) -> None:
    """Whatever is or is not known of a call."""
    VALIDATOR.validate(json.loads(render(transcript)))


def test_the_verdict_stands_before_the_words() -> None:
    """Whole, with its gaps."""
    document = json.loads(render(awkward()))
    assert list(document)[:4] == ["format", "call", "revision", "verdict"]
    assert document["verdict"] == VERDICT.model_dump(mode="json")


def test_64_bit_offsets_are_digits() -> None:
    """A double would round them."""
    document = json.loads(render(awkward()))
    assert document["segments"][-1]["offset"] == str(ERA_A + 10_000_000)
    assert document["segments"][-1]["duration"] is None
    assert document["segments"][2]["words"][1] == {
        "text": "tag",
        "start_ms": 6500,
        "end_ms": 6900,
        "offset": "65000000",
        "duration": "4000000",
    }


def test_silent_participants_are_named_too() -> None:
    """Everybody on the call, speakers or not."""
    names = {one["id"]: one["name"] for one in json.loads(render(awkward()))["participants"]}
    assert names["8:acs:listener"] == "ACS user …ener"
    assert len(names) == 3


def test_a_real_call_keeps_every_segment(real_calls: Path) -> None:
    """Same words, same order, rising times, and valid."""
    transcript, said = real(real_calls / "earnings21-4341191.jsonl")
    document = json.loads(render(transcript))
    VALIDATOR.validate(document)
    assert [one["text"] for one in document["segments"]] == [one.text for one in said]
    starts = [one["start_ms"] for one in document["segments"]]
    assert starts == sorted(starts)
    assert starts == [one.offset // 10_000 for one in said]


def test_a_part_says_that_it_is_one() -> None:
    """Its times are those of the whole."""
    document = json.loads(render(awkward(), since=30_000_000, until=70_000_000))
    assert document["part"] == {"since_ms": 3000, "until_ms": 7000}
    assert [one["start_ms"] for one in document["segments"]] == [3000, 6000]
    assert json.loads(render(awkward(), until=70_000_000))["part"] == {"since_ms": None, "until_ms": 7000}
    assert json.loads(render(awkward()))["part"] is None


@settings(deadline=None)
@given(conversations())
def test_whatever_is_said_comes_back(transcript: Transcript) -> None:
    """Texts and names to the letter, and the document fits its schema."""
    document = json.loads(render(transcript))
    VALIDATOR.validate(document)
    assert [one["text"] for one in document["segments"]] == [one.text for one in transcript.segments]
