"""Transcripts taken away, from the store of a running stack."""

import asyncio
import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
import typer

from callscribe.runtime.store import TranscriptStore
from callscribe.transcript.formats import FORMATS
from cli.errors import CliError
from cli.export import Format, file_name, form_of, moment, print_out, write_whole
from cli.main import run
from tests.callscribe.runtime.store.conftest import saving, segment
from tests.cli.dev_stack import Tell


def test_export_writes_files_of_every_format(tell: Tell, tmp_path: Path) -> None:
    """One by one or all at once, whole or a part; standard error says what they are worth."""
    assert tell("call", "+12025550100", "--key", "exported", "--wait")[0] in {0, 6}
    code, stdout, stderr = tell("export", "exported", "--all", str(tmp_path / "new" / "folder"))
    assert (code, stdout) == (0, "")
    assert "15 segments in" in stderr
    for form in FORMATS:
        code, stdout, stderr = tell("export", "exported", "--format", form, "--output", str(tmp_path / form))
        assert (code, stdout) == (0, "")
        assert "15 segments" in stderr
        assert (tmp_path / form).stat().st_size > 500
        assert (tmp_path / "new" / "folder" / f"exported.{form}").read_bytes() == (tmp_path / form).read_bytes()

    assert tell("export", "exported", "--output", "-")[1] == (tmp_path / "txt").read_text()

    code, stdout, stderr = tell("export", "exported", "--all", str(tmp_path / "told"), "--json", "--until", "10")
    summary = json.loads(stdout)
    assert (code, stderr) == (0, "")
    assert summary["files"] == [str(tmp_path / "told" / f"exported.{form}") for form in FORMATS]
    assert all(Path(file).exists() for file in summary["files"])
    assert (summary["call"], summary["of"], 0 < summary["segments"] < 15) == ("exported", 15, True)
    assert summary["verdict"] in {"complete", "partial"}

    code, stdout, _ = tell("export", "exported", "--format", "json", "--since", "0:01", "--until", "10")
    part = json.loads(stdout)
    assert (code, part["part"]) == (0, {"since_ms": 1000, "until_ms": 10_000})
    assert 0 < len(part["segments"]) < 15
    assert all(1000 <= one["start_ms"] < 10_000 for one in part["segments"])
    code, _, stderr = tell("export", "exported", "--output", str(tmp_path / "part.vtt"), "--until", "10")
    assert (code, " of 15 segments in" in stderr) == (0, True)
    assert (tmp_path / "part.vtt").read_text().startswith("WEBVTT\n")


def test_what_is_not_sealed_may_grow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether the call still goes on is more than the store knows: it may have been hung up a moment ago."""
    url = f"sqlite+aiosqlite:///{tmp_path / 's.sqlite'}"
    monkeypatch.setenv("CALLSCRIBE_HOME", str(tmp_path))
    monkeypatch.setenv("CALLSCRIBE_STORE_URL", url)

    async def fill() -> None:
        async with await TranscriptStore.open(url) as store:
            await store.save(saving(segment(1), key="k"))

    asyncio.run(fill())
    assert run(["export", "k", "-o", str(tmp_path / "k.txt")]) == 0
    said = f"callscribe: 1 segment in {tmp_path / 'k.txt'} (not sealed yet, more may come)\n"
    assert capsys.readouterr().err == said


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (("--all", "x", "--format", "vtt"), "leave --format and --output away"),
        (("--since", "20", "--until", "0:20"), "give --until the later time"),
        (("--since", "soon"), "'soon' is no time into the call: write seconds, M:SS or H:MM:SS"),
        (("--json",), "for a transcript write --format json"),
        (("--format", "docx"), "'docx' is not one of 'json', 'jsonl', 'txt', 'md', 'srt', 'vtt', 'csv'"),
    ],
)
def test_what_cannot_be_is_refused(tell: Tell, arguments: tuple[str, ...], advice: str) -> None:
    """Before the store is asked, with what to do instead."""
    code, stdout, stderr = tell("export", "whatever", *arguments)
    assert (code, stdout) == (2, "")
    assert advice in stderr


def test_export_offers_every_format() -> None:
    """The option's values are the formats that there are."""
    assert [str(form) for form in Format] == list(FORMATS)


def test_a_file_name_tells_the_format() -> None:
    """Unless it is asked for; text where it tells nothing."""
    assert form_of(None, Path("call.VTT")) == "vtt"
    assert form_of(Format.SRT, Path("call.vtt")) == "srt"
    assert form_of(None, Path("call.docx")) == form_of(None, None) == "txt"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("1:30", 90), ("1:02:03.5", 3723.5), ("120:00:00", 432_000), ("0", 0), ("75.25", 75.25)],
)
def test_times_into_the_call(text: str, seconds: float) -> None:
    """Seconds, minutes and seconds, or hours too."""
    assert moment(text) == seconds * 10_000_000


@pytest.mark.parametrize("text", ["", "1:75", "-3", "1h", "1:2:3:4", "1:60:00", "9" * 400, "9" * 5000 + ":00:00"])
def test_other_times_are_refused(text: str) -> None:
    """With the forms that there are."""
    with pytest.raises(typer.BadParameter, match="H:MM:SS"):
        moment(text)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("order-7", "order-7"),
        ("+1 202/../x", "+1%20202%2F..%2Fx"),
        (".hidden", "%2Ehidden"),
        ("später", "später"),
        ("100%", "100%25"),
    ],
)
def test_files_are_named_by_the_call(key: str, name: str) -> None:
    """Never outside the folder."""
    assert file_name(key) == name


def test_no_two_calls_share_a_file() -> None:
    """One export would take the place of another; keys may be longer than a file's name, and differ in their ends only."""
    keys = ["a/b", "a_b", "a b", "a%2Fb", "..", "%2E.", *(f"{'ก' * 200}{n}" for n in range(3))]
    names = list(map(file_name, keys))
    assert len(set(names)) == len(keys)
    assert max(len(f"{name}.jsonl".encode()) for name in names) < 255


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file can be longer than so many bytes meanwhile, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """Where there is no room for it, what was there stays, and nothing is left beside it; the file is named."""
    there, new = tmp_path / "call.srt", tmp_path / "call.vtt"
    there.write_bytes(b"before")
    for file in (there, new):
        with room_for(4), pytest.raises(CliError, match=rf"{file}: File too large\."):
            write_whole(file, b"afterwards")
    assert [(file, file.read_bytes()) for file in tmp_path.iterdir()] == [(there, b"before")]


def test_a_file_that_is_there_stays_what_it_is(tmp_path: Path) -> None:
    """A link, and open to those to whom it was open."""
    file, link = tmp_path / "call.txt", tmp_path / "newest.txt"
    file.write_bytes(b"before")
    file.chmod(0o640)
    link.symlink_to(file)
    write_whole(link, b"after")
    assert (link.is_symlink(), file.read_bytes(), file.stat().st_mode & 0o777) == (True, b"after", 0o640)


def test_what_is_no_file_is_written_to(tmp_path: Path) -> None:
    """A pipe, with a name or without, and a device that takes nothing."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=write_whole, args=(pipe, b"all of it"))
    writer.start()
    assert pipe.read_bytes() == b"all of it"
    writer.join()
    reading, writing = os.pipe()
    write_whole(Path(f"/dev/fd/{writing}"), b"all of it")
    assert os.read(reading, 100) == b"all of it"
    os.close(reading)
    with pytest.raises(BrokenPipeError):
        write_whole(Path(f"/dev/fd/{writing}"), b"all of it")
    os.close(writing)
    with pytest.raises(CliError, match="/dev/full: No space left on device"):
        write_whole(Path("/dev/full"), b"all of it")


def test_what_was_said_steers_no_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """In a pipe it is to the letter."""
    print_out(b"start,text\r\n0:00:01,\x1b[2J\r\n")
    assert capsys.readouterr().out == "start,text\r\n0:00:01,\x1b[2J\r\n"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    print_out(b"start,text\r\n0:00:01,\x1b[2J\r\n")
    assert capsys.readouterr().out == "start,text\n0:00:01,\\x1b[2J\n"
