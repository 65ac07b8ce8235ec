"""The JSON export."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from callscribe.transcript.formats.json import render
from callscribe.transcript.formats.schema import SCHEMA
from callscribe.transcript.model import Transcript
from tests.callscribe.transcript.formats.samples import ERA_A, VERDICT, awkward, empty, real


@pytest.mark.parametrize("transcript", [awkward(), empty()], ids=["awkward", "empty"])
def test_it_fits_its_schema(transcript: Transcript) -> None:
    """Whatever is or is not known of a call."""
    Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(
        json.loads(render(transcript))
    )


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
    assert document["segments"][2]["words"][1] == {"text": "tag", "offset": "65000000", "duration": "4000000"}


def test_silent_participants_are_named_too() -> None:
    """Everybody on the call, speakers or not."""
    names = {one["id"]: one["name"] for one in json.loads(render(awkward()))["participants"]}
    assert names["8:acs:listener"] == "ACS user …ener"
    assert len(names) == 3


def test_a_real_call_keeps_every_segment(real_calls: Path) -> None:
    """Same words, same order, rising times, and valid."""
    transcript, said = real(real_calls / "earnings21-4341191.jsonl")
    document = json.loads(render(transcript))
    Draft202012Validator(SCHEMA).validate(document)
    assert [one["text"] for one in document["segments"]] == [one.text for one in said]
    starts = [one["start_ms"] for one in document["segments"]]
    assert starts == sorted(starts)
    assert starts == [one.offset // 10_000 for one in said]
