"""The CSV export."""

import csv
import io
from pathlib import Path

from callscribe.transcript.formats.csv import COLUMNS, render
from tests.callscribe.transcript.formats.samples import ERA_A, awkward, empty, real


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


def test_lines_end_as_rfc_4180_has_it() -> None:
    """And an empty call has its column names."""
    assert render(empty()) == ",".join(COLUMNS) + "\r\n"


def test_a_real_call_keeps_every_segment(real_calls: Path) -> None:
    """A row each, in order."""
    transcript, said = real(real_calls / "earnings21-4386541.jsonl")
    found = rows(render(transcript))
    assert [one["text"] for one in found] == [one.text for one in said]
    assert [int(one["start_ms"]) for one in found] == [one.offset // 10_000 for one in said]
