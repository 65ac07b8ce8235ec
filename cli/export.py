"""Take a transcript away: `export`."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from callscribe.contracts import names
from callscribe.transcript.assembly import assemble
from callscribe.transcript.formats import FORMATS
from callscribe.transcript.model import Transcript
from cli.console import complain
from cli.options import LOOK_PANEL, CallArgument
from cli.session import run, stored_transcript

app = typer.Typer()


class Format(StrEnum):
    """The forms that a transcript can be taken away in: the names in `FORMATS`."""

    JSON = "json"
    JSONL = "jsonl"
    TXT = "txt"
    MD = "md"
    SRT = "srt"
    VTT = "vtt"
    CSV = "csv"


@app.command(rich_help_panel=LOOK_PANEL, epilog="Example: `callscribe export 0192f0c4 --format vtt --output call.vtt`")
def export(
    call: CallArgument,
    form: Annotated[
        Format,
        typer.Option(
            "--format", "-f", help="; ".join(f"{name}: {form.summary}" for name, form in FORMATS.items()) + "."
        ),
    ] = Format.TXT,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", dir_okay=False, help="File to write; unset: standard output.")
    ] = None,
) -> None:
    """Write a call's transcript, from the transcript store: also long after the call, also while it goes on."""
    transcript = run(stored(names.call_key(call)))
    text = FORMATS[form.value].encode(transcript)
    if output is None:
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
    else:
        output.write_bytes(text)
        _note(transcript, output)


async def stored(key: str) -> Transcript:
    """The transcript of `key` as the store has it, in order. Raises `CliError` for a call that it does not know."""
    found = await stored_transcript(key)
    return assemble(
        key,
        locale=found.locale or next((segment.locale for segment in found.segments if segment.locale), "en-US"),
        segments=found.segments,
        streams=found.streams,
        participants=found.participants,
        verdict=found.verdict,
        revision=found.revision,
        started_at=found.started_at,
        connected_at=found.connected_at,
        ended_at=found.ended_at,
    )


def _note(transcript: Transcript, output: Path) -> None:
    """Say on standard error what was written, and what it is worth."""
    worth = f"{transcript.verdict.kind}: {transcript.verdict.reason}" if transcript.verdict else "the call goes on"
    complain(f"{len(transcript.segments)} segments in {output} ({worth})")
