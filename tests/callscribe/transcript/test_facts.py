"""Facts that a verdict is found from."""

from callscribe.transcript.facts import Gap, GapCause
from tests.callscribe.transcript.making import at


def test_only_a_pause_is_no_loss() -> None:
    """Somebody has asked for it; nobody asks for the others."""
    gaps = [Gap(start=at(0), end=at(1), cause=cause) for cause in GapCause]
    assert [gap.cause for gap in gaps if not gap.is_loss] == [GapCause.PAUSED, GapCause.STOPPED]
