"""One call, from wherever it is known."""

from dataclasses import replace
from datetime import timedelta

from callscribe.contracts.amendment import SealedCall
from callscribe.contracts.status import CallState, CallStatus, LocaleInForce, TranscriptionState
from callscribe.runtime.store import StoredCall
from callscribe.transcript.facts import Gap, GapCause
from ingest.web.looks import of_status, of_store, of_stored_call, with_known
from tests.callscribe.runtime.store.conftest import sealing
from tests.ingest.web.stage import ADA, BEGAN, BOB

STATUS = CallStatus(
    key="c",
    state=CallState.TRANSCRIBING,
    transcription=TranscriptionState.ON,
    locale="en-US",
    participants={ADA: "Ada", BOB: ""},
    started_at=BEGAN,
    segments=3,
)


def gap(cause: GapCause) -> Gap:
    """A gap of a second."""
    return Gap(start=BEGAN, end=BEGAN + timedelta(seconds=1), cause=cause)


def test_what_was_asked_for_is_not_missing() -> None:
    """Everything else is."""
    paused = STATUS.model_copy(update={"gaps": (gap(GapCause.PAUSED), gap(GapCause.STOPPED))})
    torn = STATUS.model_copy(update={"gaps": (gap(GapCause.PAUSED), gap(GapCause.STREAM_INTERRUPTED))})
    assert not of_status(paused, None).gap
    assert of_status(torn, None).gap


def test_names_that_people_gave_win() -> None:
    """In the order in which the workflow knows them; those it does not know follow."""
    stored = StoredCall(key="c", started_at=BEGAN, participants={"x": "", BOB: "Bob", ADA: ""}, segment_count=9)
    found = of_status(STATUS, stored)
    assert list(found.participants.items()) == [(ADA, "Ada"), (BOB, "Bob"), ("x", "")]
    assert found.segments == 9
    assert found == of_status(STATUS, stored)


def test_a_call_that_is_only_begun_in_the_store() -> None:
    """May still run."""
    found = of_store(StoredCall(key="c", started_at=BEGAN), SealedCall(key="c"))
    assert (found.live, found.state, found.verdict) == (True, "unknown", None)


def test_what_was_known_stays_where_the_store_alone_tells() -> None:
    """Of where transcription stands only as long as Temporal names no other state."""
    known = of_status(STATUS, None)
    untold = of_store(StoredCall(key="c", started_at=BEGAN), SealedCall(key="c"))
    found = with_known(untold, known)
    assert found == known
    other = with_known(replace(untold, state="paused"), known)
    assert (other.state, other.transcription, other.locale) == ("paused", None, "en-US")


def test_a_call_that_is_over_is_still_known_to_acs_by_its_server_call() -> None:
    """As its result says."""
    result = sealing(server_call_id="server-1").result
    found = of_store(StoredCall(key="c", started_at=BEGAN), SealedCall(key="c", result=result))
    assert found.server_call_id == "server-1"


def test_a_listed_call_has_its_locales() -> None:
    """All that were in force, as the store keeps them with its end."""
    told = (LocaleInForce(at=BEGAN, locale="en-US"), LocaleInForce(at=BEGAN, locale="de-DE"))
    found = of_stored_call(StoredCall(key="c", started_at=BEGAN, locale="de-DE", locales=told))
    assert (found.locale, found.locales) == ("de-DE", told)
