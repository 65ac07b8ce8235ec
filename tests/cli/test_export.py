"""Transcripts taken away, from the store of a running stack."""

from pathlib import Path

from callscribe.transcript.formats import FORMATS
from cli.export import Format
from tests.cli.dev_stack import Tell


def test_export_writes_files_of_every_format(tell: Tell, tmp_path: Path) -> None:
    """Standard error says what they are worth."""
    assert tell("call", "+12025550100", "--key", "exported", "--wait")[0] in {0, 6}
    for form in ("json", "jsonl", "txt", "md", "srt", "vtt", "csv"):
        code, stdout, stderr = tell("export", "exported", "--format", form, "--output", str(tmp_path / form))
        assert (code, stdout) == (0, "")
        assert "15 segments" in stderr
        assert (tmp_path / form).stat().st_size > 500


def test_export_offers_every_format() -> None:
    """The option's values are the formats that there are."""
    assert [str(form) for form in Format] == list(FORMATS)
