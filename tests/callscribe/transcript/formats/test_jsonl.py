"""The JSON Lines export."""

import json
from pathlib import Path

import pytest

from callscribe.transcript.assembly import assemble
from callscribe.transcript.formats.jsonl import render
from tests.callscribe.transcript.formats.samples import ERA_A, awkward, empty, real
from tests.callscribe.transcript.making import segment


def test_every_line_is_a_segment() -> None:
    """All fields, 64-bit offsets as digits, line breaks inside a text escaped."""
    lines = [json.loads(line) for line in render(awkward()).splitlines()]
    assert len(lines) == 4
    assert lines[0]["confidence"] == 0.48115640878677368
    assert lines[2] == {
        "participant": "4:+12025550100",
        "name": "Alice <script> & Söhne",
        "text": "Guten\nTag.",
        "offset": "60000000",
        "offset_ms": 6000,
        "duration_ms": 1000,
        "locale": "de-DE",
        "confidence": None,
        "words": [["guten", 6000, 400], ["tag", 6500, 400]],
        "stream": "s1",
        "position": 3,
    }
    assert lines[3]["offset"] == str(ERA_A + 10_000_000)


def test_no_character_of_a_text_ends_a_line() -> None:
    """Unicode knows more line ends than JSON escapes."""
    said = "a\u2028b\u2029c\x85d\re\x0bf"
    (line,) = render(assemble("k", locale="en-US", segments=[segment(1, 0, said)])).splitlines()
    assert json.loads(line)["text"] == said


def test_an_empty_call_has_no_lines() -> None:
    """Not even an empty one."""
    assert render(empty()) == ""


@pytest.mark.parametrize("name", ["earnings21-4386541", "apollo13"])
def test_a_real_call_reads_like_its_script(real_calls: Path, name: str) -> None:
    """Participant, times, text and words, line by line."""
    script = real_calls / f"{name}.jsonl"
    transcript, _ = real(script)
    lines = [json.loads(line) for line in render(transcript).splitlines()]
    said = [json.loads(line) for line in script.read_text(encoding="utf-8").splitlines()[1:]]
    assert len(lines) == len(said)
    for line, final in zip(lines, said, strict=True):
        for field in ("participant", "offset_ms", "duration_ms", "text"):
            assert line[field] == final[field]
        assert line["words"] == final.get("words", [])
