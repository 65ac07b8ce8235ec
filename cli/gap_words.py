"""What a gap means, in a sentence for whoever relies on the transcript."""

from datetime import datetime
from typing import Final

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from callscribe.transcript.facts import Gap, GapCause
from cli.console import one_line
from cli.outcome import seconds

MEANINGS: Final = {
    GapCause.PAUSED: "Somebody had paused transcription: what was said meanwhile was not wanted.",
    GapCause.STOPPED: "Somebody had stopped transcription: what was said meanwhile was not wanted.",
    GapCause.STREAM_INTERRUPTED: "The connection from ACS was broken: what was said until it stood again did not come.",
    GapCause.TRANSCRIPTION_FAILED: "Transcription had failed at ACS, and was not on again yet.",
    GapCause.RESTARTED: "ACS can do what was asked for only by stopping transcription and starting it again.",
    GapCause.NEVER_DELIVERED: "Words that ingest had taken never reached the call: 'callscribe outbox' shows what still waits.",
    GapCause.NOT_CLOSED: "Ingest never confirmed that all of the stream had arrived; its last words may be missing.",
    GapCause.UNREADABLE: "Messages came that could not be read; 'callscribe outbox raw' has them as they came, "
    "and a note of one that was too large.",
}
"""Cause → what happened."""


def gap_lines(gaps: tuple[Gap, ...], started: datetime) -> list[RenderableType]:
    """Two lines for each gap: when and for how long, and what happened; `started` tells whether the day has to be said."""
    lines: list[RenderableType] = []
    for gap in gaps:
        start, end = gap.start.astimezone(), gap.end.astimezone()
        day = "" if start.date() == started.astimezone().date() else f"{start:%Y-%m-%d} "
        lines.append(
            Text.assemble(
                f"{day}{start:%H:%M:%S} to {end:%H:%M:%S}, {seconds(gap.end - gap.start)}: ", (gap.cause, "yellow")
            )
        )
        note = f" ({one_line(gap.note)})" if gap.note else ""
        lines.append(Padding(Text(f"{MEANINGS[gap.cause]}{note}", style="dim"), (0, 0, 0, 2), expand=False))
    return lines
