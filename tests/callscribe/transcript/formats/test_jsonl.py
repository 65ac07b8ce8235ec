"""The JSON Lines export."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from callscribe.transcript.assembly import assemble
from callscribe.transcript.formats import FORMATS
from callscribe.transcript.formats.schema import LINES_FORMAT, LINES_SCHEMA
from callscribe.transcript.model import Transcript
from tests.callscribe.transcript.formats.samples import awkward, conversations, empty, real
from tests.callscribe.transcript.making import segment

render = FORMATS["jsonl"].render
VALIDATOR = Draft202012Validator(LINES_SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)


def lines(text: str) -> list[dict[str, Any]]:
    """Every line, as readers of any kind cut them; each fits the schema."""
    found = [json.loads(line) for line in text.splitlines()]
    for line in found:
        VALIDATOR.validate(line)
    return found


def test_it_is_the_json_document_line_by_line() -> None:
    """First all but the segments, then each of those."""
    document = json.loads(FORMATS["json"].render(awkward()))
    segments = document.pop("segments")
    assert lines(render(awkward())) == [document | {"format": LINES_FORMAT}, *segments]


def test_no_character_of_a_text_ends_a_line() -> None:
    """Unicode knows more line ends than JSON escapes."""
    said = "a\u2028b\u2029c\x85d\re\x0bf"
    _, line = lines(render(assemble("k", locale="en-US", segments=[segment(1, 0, said)])))
    assert line["text"] == said


@settings(deadline=None)
@given(conversations())
def test_whatever_is_said_comes_back(transcript: Transcript) -> None:
    """A line each, to the letter."""
    _, *said = lines(render(transcript))
    assert [one["text"] for one in said] == [one.text for one in transcript.segments]


def test_an_empty_call_has_its_header() -> None:
    """And nothing else."""
    (header,) = lines(render(empty()))
    assert (header["call"], header["verdict"]) == ("quiet", None)


@pytest.mark.parametrize("name", ["earnings21-4386541", "apollo13"])
def test_a_real_call_reads_like_its_script(real_calls: Path, name: str) -> None:
    """Participant, times, text and words, line by line."""
    script = real_calls / f"{name}.jsonl"
    transcript, _ = real(script)
    _, *found = [json.loads(line) for line in render(transcript).splitlines()]
    said = [json.loads(line) for line in script.read_text(encoding="utf-8").splitlines()[1:]]
    assert len(found) == len(said)
    for line, final in zip(found, said, strict=True):
        assert (line["participant"], line["text"]) == (final["participant"], final["text"])
        assert int(line["offset"]) == round(final["offset_ms"] * 10_000)
        assert int(line["duration"]) == round(final["duration_ms"] * 10_000)
        assert [word["text"] for word in line["words"]] == [word for word, *_ in final.get("words", [])]
