"""What comes after a call's transcript is sealed, and what it changes: input, answer and facts of `TranscriptAmendment`."""

from datetime import timedelta

from callscribe.contracts.carried import CarriedState
from callscribe.contracts.status import CallResult
from callscribe.model import Frozen
from callscribe.transcript.facts import CallFacts, Verdict


class AmendmentRequest(Frozen):
    """Input of the workflow. Chunks come as signals, closings as updates, as they come to the call's own workflow."""

    close_timeout: timedelta = timedelta(minutes=15)
    """How long it waits for the end of the streams that bring something, from its own start; then it seals what there
    is. What comes later yet begins another amendment."""
    most_chunks: int = 400
    """Signals after which it seals what there is and ends; the next one begins another amendment. Where nothing was ever
    sealed, it continues as new instead."""
    carried: CarriedState | None = None
    """What the run before knew, where nothing was ever sealed: nobody else keeps how far its streams have come."""


class SealedReference(Frozen):
    """Argument of `load_sealed`."""

    key: str


class SealedCall(Frozen):
    """The newest sealed revision of a call; `result` is None where none was ever sealed."""

    key: str
    revision: int = 0
    result: CallResult | None = None
    facts: CallFacts | None = None
    """What its verdict was found from; None where it was sealed before facts were kept."""
    participants: dict[str, str] = {}


class AmendmentResult(Frozen):
    """What an amendment ends with."""

    key: str
    revision: int = 0
    """Of the transcript now; 0 where the call was never sealed, so that its segments are stored and no more."""
    verdict: Verdict | None = None
    amended: int = 0
    """Segments of the transcript that came after its first sealing."""
