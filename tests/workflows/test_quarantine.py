"""What is kept of a signal that cannot be read; the way there is tested with the call workflow."""

from datetime import UTC, datetime

from callscribe.contracts.call import CallRequest
from callscribe.contracts.status import Quarantined
from workflows import ledger

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_every_one_is_counted_and_the_newest_are_named() -> None:
    """The list is bounded, so that the state carried to the next run is; the count is not."""
    state = ledger.fresh(CallRequest.model_validate({"origin": {"kind": "connect", "room_id": "r"}}), NOW)
    for number in range(ledger.REMEMBERED_SIGNALS + 5):
        state = ledger.set_aside(state, Quarantined(at=NOW, signal=f"s{number}", reason="unknown name", size=number))
    assert state.counts.unreadable == ledger.REMEMBERED_SIGNALS + 5
    assert [each.signal for each in state.quarantine] == [f"s{n}" for n in range(5, ledger.REMEMBERED_SIGNALS + 5)]
