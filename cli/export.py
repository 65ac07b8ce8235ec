"""Take a transcript away: `export`."""

import hashlib
import os
import re
import shutil
import sys
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final
from urllib.parse import quote

import typer

from callscribe.acs.ticks import from_milliseconds
from callscribe.contracts import names
from callscribe.runtime.transcripts import as_transcript
from callscribe.transcript.excerpt import excerpt
from callscribe.transcript.formats import FORMATS
from callscribe.transcript.model import Transcript
from callscribe.transcript.spans import counted
from cli.console import complain, harmless, say_json, stderr
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.options import LOOK_PANEL, CallArgument
from cli.progress import Told, progress
from cli.session import run, stored_transcript

app = typer.Typer()

_LONGEST_NAME: Final = 200
"""Bytes; file systems take 255, with the ending and what is written beside."""

_TIME = re.compile(r"(?:(?:(\d{1,9}):)?([0-5]?\d):)?(\d{1,12}(?:\.\d{1,3})?)")


class Format(StrEnum):
    """The forms that a transcript can be taken away in: the names in `FORMATS`."""

    JSON = "json"
    JSONL = "jsonl"
    TXT = "txt"
    MD = "md"
    SRT = "srt"
    VTT = "vtt"
    CSV = "csv"


def moment(text: str) -> int:
    """Ticks of `90`, `1:30` or `1:02:03.5`: seconds, minutes and seconds, or hours too. Raises `typer.BadParameter`."""
    found = _TIME.fullmatch(text.strip())
    if found is None or (found[2] is not None and float(found[3]) >= 60):
        raise typer.BadParameter(f"'{text}' is no time into the call: write seconds, M:SS or H:MM:SS")
    seconds = int(found[1] or 0) * 3600 + int(found[2] or 0) * 60 + float(found[3])
    return from_milliseconds(seconds * 1000)


@app.command(rich_help_panel=LOOK_PANEL, epilog="Example: `callscribe export 0192f0c4 --output call.vtt`")
def export(
    call: CallArgument,
    form: Annotated[
        Format | None,
        typer.Option(
            "--format",
            "-f",
            help="; ".join(f"{name}: {form.summary}" for name, form in FORMATS.items())
            + ". Unset: what the name of --output ends with, else txt.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", dir_okay=False, help="File to write; unset or `-`: standard output."),
    ] = None,
    every: Annotated[
        Path | None,
        typer.Option(
            "--all",
            metavar="DIR",
            file_okay=False,
            help="Write every format, as CALL.json, CALL.vtt and so on, into this folder, which is made if need be.",
        ),
    ] = None,
    since: Annotated[
        int | None,
        typer.Option(
            parser=moment,
            metavar="TIME",
            help="Only what begins at this time into the call or later: 90, 1:30, 1:02:03.",
        ),
    ] = None,
    until: Annotated[
        int | None, typer.Option(parser=moment, metavar="TIME", help="Only what begins before this time into the call.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Say what --all or --output has written as JSON on standard output.")
    ] = False,
) -> None:
    """Write a call's transcript, from the transcript store: also long after the call, also while it goes on."""
    if every is not None and (form is not None or output is not None):
        raise typer.BadParameter("--all writes every format: leave --format and --output away")
    output = None if output == Path("-") else output
    if until is not None and until <= (since or 0):
        raise typer.BadParameter("nothing lies between --since and --until: give --until the later time")
    if as_json and every is None and output is None:
        raise typer.BadParameter("--json says what --all or --output has written; for a transcript write --format json")
    if output is not None and not output.parent.is_dir():
        raise CliError(
            f"There is no folder {output.parent}: make it, or name a file in one that there is.", ExitCode.USAGE
        )
    forms = tuple(FORMATS) if every is not None else (form_of(form, output),)
    files: list[Path] = []
    text = b""
    with progress(stderr(), quiet=as_json) as told:
        transcript = run(stored(names.call_key(call), told=partial(_read_of, told, len(forms)), quiet=as_json))
        if every is not None:
            every.mkdir(parents=True, exist_ok=True)
        for at, name in enumerate(forms, start=1):
            told(f"writing {name}", at, 1 + len(forms))
            text = FORMATS[name].encode(transcript, since=since, until=until)
            path = output if every is None else every / f"{file_name(transcript.key)}.{FORMATS[name].extension}"
            if path is not None:
                write_whole(path, text)
                files.append(path)
    count = len(excerpt(transcript, since=since, until=until).timed)
    if not files:
        print_out(text)
    elif as_json:
        say_json(_summary(transcript, count, files))
    else:
        _note(transcript, count, every or files[0])


def _read_of(told: Told, forms: int, done: int, everything: int) -> None:
    """Tell of reading as of one step among those that write a form each."""
    told("reading segments", done, everything * (1 + forms))


def form_of(form: Format | None, output: Path | None) -> str:
    """The name of the format to write: what was asked for, else what the file's name ends with, else `txt`."""
    if form is not None:
        return form.value
    ending = output.suffix.removeprefix(".").lower() if output is not None else ""
    return next((name for name, one in FORMATS.items() if one.extension == ending), Format.TXT.value)


def file_name(key: str) -> str:
    """A call's key as the name of a file in any system, without its ending: another one for every key, however long that is."""
    name = re.sub(r"[^\w.+-]|^\.", lambda found: quote(found[0], safe="").replace(".", "%2E"), key)
    if len(name.encode()) <= _LONGEST_NAME:
        return name
    mark = "-" + hashlib.sha256(key.encode()).hexdigest()[:16]
    return name.encode()[: _LONGEST_NAME - len(mark)].decode(errors="ignore") + mark


def write_whole(path: Path, content: bytes) -> None:
    """Write all of `content` to `path`, or leave there what there was: half a transcript reads like a whole one. Pipes and
    devices are written to as they are. Raises `CliError`.
    """
    file = path.resolve()  # a link to a file stays one
    is_replaceable = (path.is_file() or not path.exists()) and os.access(file.parent, os.W_OK)
    try:
        if not is_replaceable:
            path.write_bytes(content)
            return
        with TemporaryDirectory(prefix=".callscribe-", dir=file.parent) as beside:
            fresh = Path(beside) / file.name
            fresh.write_bytes(content)
            if file.exists():
                shutil.copymode(file, fresh)
            fresh.replace(file)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CliError(f"{path}: {error.strerror}.") from error


def print_out(content: bytes) -> None:
    """On standard output: to the letter, but for what would steer a terminal where there is one."""
    if sys.stdout.isatty():
        content = harmless(content.decode().replace("\r\n", "\n")).encode()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


async def stored(key: str, *, told: Callable[[int, int], None] | None = None, quiet: bool = False) -> Transcript:
    """The transcript of `key` as the store has it, in order. Raises `CliError` for a call that it does not know."""
    return as_transcript(await stored_transcript(key, told=told, quiet=quiet))


def _summary(transcript: Transcript, count: int, files: list[Path]) -> dict[str, object]:
    """For a script: what was written, and what it is worth."""
    return {
        "call": transcript.key,
        "files": [str(file) for file in files],
        "segments": count,
        "of": len(transcript.segments),
        "revision": transcript.revision,
        "verdict": transcript.verdict.kind if transcript.verdict else None,
        "reason": transcript.verdict.reason if transcript.verdict else None,
    }


def _note(transcript: Transcript, count: int, output: Path) -> None:
    """Say on standard error what was written, and what it is worth."""
    worth = (
        f"{transcript.verdict.kind}: {transcript.verdict.reason}"
        if transcript.verdict
        else "not sealed yet, more may come"
    )
    whole = len(transcript.segments)
    part = f"{count} of " if count != whole else ""
    complain(f"{part}{counted(whole, 'segment')} in {output} ({worth})")
