"""Plain text: a heading with the verdict and its gaps, then a line for every turn."""

from callscribe.transcript.formats.reading import gap_texts, turns, verdict_text
from callscribe.transcript.model import Transcript


def render(transcript: Transcript) -> str:
    """`[0:00:03] Name: what was said`, under the heading and an empty line."""
    heading = [f"Call {transcript.key}", f"Verdict: {verdict_text(transcript)}"]
    heading += [f"Gap: {gap}" for gap in gap_texts(transcript)]
    said = [
        f"[{turn.clock}] {turn.name}{f' ({turn.locale})' if turn.locale else ''}: {turn.text}"
        for turn in turns(transcript)
    ]
    return "\n".join([*heading, "", *said]) + "\n"
