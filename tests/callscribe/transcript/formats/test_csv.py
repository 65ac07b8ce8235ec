"""The CSV export."""

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import given, settings

from callscribe.transcript.formats import FORMATS
from callscribe.transcript.formats.csv import COLUMNS, inert
from callscribe.transcript.model import Transcript
from tests.callscribe.transcript.formats.samples import ERA_A, awkward, conversations, empty, real

render = FORMATS["csv"].render
FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")


def rows(text: str) -> list[dict[str, str]]:
    """As a spreadsheet reads them."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_cells_are_data_never_formulas() -> None:
    """A leading `=` or `+` gets an apostrophe; quotes and line breaks survive."""
    found = rows(render(awkward()))
    assert found[1]["text"] == '\'=1+1, "quoted" --> [x](y) # 5_000'
    assert found[1]["name"] == "'+1 202 555 0101"
    assert found[2]["text"] == "Guten\nTag."
    assert (found[2]["start"], found[2]["start_ms"], found[2]["end_ms"]) == ("0:00:06", "6000", "7000")
    assert found[3]["offset"] == str(ERA_A + 10_000_000)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("plain", "plain"),
        ("'cause", "'cause"),
        ("=1+1", "'=1+1"),
        (" +1", "' +1"),
        ("-", "'-"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t1", "'\t1"),
        ("\uff1dA1", "'\uff1dA1"),
        ("'=x", "''=x"),
    ],
)
def test_an_apostrophe_makes_a_cell_inert(text: str, cell: str) -> None:
    """Only where it is needed, and where leaving it out would make two texts one."""
    assert inert(text) == cell


@settings(deadline=None)
@given(conversations())
def test_whatever_is_said_comes_back(transcript: Transcript) -> None:
    """No cell is a formula, and the documented rule gives every text back."""
    text = render(transcript)
    found = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    assert text.startswith(",".join(COLUMNS) + "\r\n")
    assert all(len(row) == len(COLUMNS) for row in csv.reader(io.StringIO(text, newline="")))
    assert not any(FORMULA.match(cell) for row in found for cell in row.values())
    restored = [re.sub(r"^'(?='*(?:\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]))", "", row["text"]) for row in found]
    assert restored == [one.text for one in transcript.segments]


def test_spreadsheets_are_told_the_encoding() -> None:
    """With a byte order mark: without it they read another one."""
    assert FORMATS["csv"].encode(awkward()).startswith(b"\xef\xbb\xbfstart,")


def test_lines_end_as_rfc_4180_has_it() -> None:
    """And an empty call has its column names."""
    assert render(empty()) == ",".join(COLUMNS) + "\r\n"


def test_a_real_call_keeps_every_segment(real_calls: Path) -> None:
    """A row each, in order."""
    transcript, said = real(real_calls / "earnings21-4386541.jsonl")
    found = rows(render(transcript))
    assert [one["text"] for one in found] == [one.text for one in said]
    assert [int(one["start_ms"]) for one in found] == [one.offset // 10_000 for one in said]
