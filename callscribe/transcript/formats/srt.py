"""SubRip: numbered cues. It has no place for a verdict or for names; a change of speaker is marked in the text."""

from callscribe.transcript.cues import cues
from callscribe.transcript.formats.reading import timestamp
from callscribe.transcript.model import RawId, Transcript
from callscribe.transcript.timeline import lay_out
from callscribe.transcript.tokens import shortened

_LABEL_WIDTH = 20


def render(transcript: Transcript) -> str:
    """The cues, `Name: ` in front of the first after somebody else's."""

    def label(participant: RawId) -> str:
        return shortened(transcript.name_of(participant), _LABEL_WIDTH) + ":"

    blocks = []
    for number, cue in enumerate(cues(lay_out(transcript.segments, transcript.streams), label=label), start=1):
        times = f"{timestamp(cue.start, ',')} --> {timestamp(cue.end, ',')}"
        blocks.append("\n".join([str(number), times, *(text.replace("-->", "→") for text in cue.texts)]) + "\n")
    return "\n".join(blocks)
