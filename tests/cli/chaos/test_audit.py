"""The audit finds every kind of wrong, and nothing wrong where all is well."""

import pytest

from callscribe.transcript.facts import GapCause, VerdictKind
from callscribe.transcript.model import Segment
from cli.chaos.audit import Finding, audit
from emulator.control_models import SaidFinal
from tests.cli.chaos.calls import evidence, gap, said, socket, stored, verdict

COMPLETE, PARTIAL = VerdictKind.COMPLETE, VerdictKind.PARTIAL
WHOLE = socket(1, 0, 60, "emulator")
KILLED, BACK = socket(1, 0, 20, "receiver"), socket(2, 25, 60, "emulator")


def rows(*finals: SaidFinal) -> list[Segment]:
    """All of them stored, in order."""
    return [stored(final, position) for position, final in enumerate(finals, start=1)]


def test_a_call_that_is_whole() -> None:
    """Everything stored once, in order, and called complete."""
    finals = [said(10), said(20), said(30)]
    finding = audit(evidence(finals, rows(*finals), verdict(COMPLETE, 3), WHOLE))
    assert finding.is_sound
    assert list(finding.complaints()) == []
    assert [word.accepted for word in finding.words] == [True, True, True]


def test_what_was_said_without_a_socket_is_honestly_missing() -> None:
    """Ingest was down from second 20 to 25; the gap says so."""
    finals = [said(10), said(22, fate="lost"), said(30, stream=2)]
    kept = [stored(finals[0], 1), stored(finals[2], 1)]
    finding = audit(evidence(finals, kept, verdict(PARTIAL, 2, gap(19.5, 25)), KILLED, BACK))
    assert finding.is_sound
    assert [word.is_lost for word in finding.words] == [False, False, False]


def test_what_was_in_flight_into_a_killed_ingest_was_not_accepted() -> None:
    """Sent just before the socket died, and nothing of that socket stored after it."""
    finals = [said(10), said(19.9), said(30, stream=2)]
    kept = [stored(finals[0], 1), stored(finals[2], 1)]
    finding = audit(evidence(finals, kept, verdict(PARTIAL, 2, gap(19.5, 25)), KILLED, BACK))
    assert finding.is_sound
    assert [word.accepted for word in finding.words] == [True, False, True]


def test_a_word_before_one_that_is_stored_was_accepted() -> None:
    """Packets of a socket are made durable in order: the first of these two was, and is lost."""
    finals = [said(10), said(11), said(30, stream=2)]
    kept = [stored(finals[1], 2), stored(finals[2], 1)]
    finding = audit(evidence(finals, kept, verdict(PARTIAL, 2, gap(9, 25)), KILLED, BACK))
    assert [word.is_lost for word in finding.words] == [True, False, False]
    assert [line.split(":")[0] for line in finding.complaints()] == ["lost"]


def test_a_word_of_a_socket_that_was_closed_in_good_order_was_accepted() -> None:
    """The last word counts, though nothing came after it."""
    finals = [said(10), said(59)]
    finding = audit(evidence(finals, [stored(finals[0], 1)], verdict(COMPLETE, 1), WHOLE))
    assert [word.is_lost for word in finding.words] == [False, True]


def test_a_socket_that_was_closed_as_ingest_died_was_not_closed_in_good_order() -> None:
    """What was still in it may be gone; the verdict has to say so all the same."""
    finals = [said(10), said(59)]
    kept = rows(finals[0])
    finding = audit(evidence(finals, kept, verdict(PARTIAL, 1, gap(58.5, 60)), WHOLE, ingest_deaths=[60.5]))
    assert not any(word.is_lost for word in finding.words)
    assert finding.is_sound
    later = audit(evidence(finals, kept, verdict(PARTIAL, 1, gap(58.5, 60)), WHOLE, ingest_deaths=[70]))
    assert [word.is_lost for word in later.words] == [False, True]


def test_a_word_that_is_stored_twice_or_was_never_said() -> None:
    """Both are one too many."""
    final = said(10)
    kept = [stored(final, 1), stored(final, 2), stored(said(11), 3)]
    finding = audit(evidence([final], kept, verdict(COMPLETE, 3), WHOLE))
    assert finding.doubled == 2
    assert not finding.is_sound


def test_what_stands_behind_something_later_of_the_same_participant() -> None:
    """The transcript's own order is compared with the order of saying."""
    first, second = said(10), said(20)
    swapped = [
        stored(first, 2).model_copy(update={"offset": second.offset}),
        stored(second, 1).model_copy(update={"offset": first.offset}),
    ]
    finals = [first.model_copy(update={"offset": second.offset}), second.model_copy(update={"offset": first.offset})]
    finding = audit(evidence(finals, swapped, verdict(COMPLETE, 2), WHOLE))
    assert len(finding.disorders) == 1
    assert not finding.strays


FAILED = GapCause.TRANSCRIPTION_FAILED
BEFORE, AFTER = (0.0, 20.0), (32.0, 60.0)


def test_a_failure_of_transcription_has_its_cause_in_what_the_far_end_did_not_transcribe() -> None:
    """Before the first start that worked, and between two; the same claim where all was active is untrue."""
    finals = [said(10), said(40, stream=2)]
    sockets = socket(1, 0, 20, "emulator"), socket(2, 32, 60, "emulator")
    told = verdict(PARTIAL, 2, gap(-8, 0, FAILED), gap(20, 32, FAILED))
    assert audit(evidence(finals, rows(*finals), told, *sockets, active=(BEFORE, AFTER))).is_sound
    untrue = audit(evidence(finals, rows(*finals), verdict(PARTIAL, 2, gap(40, 45, FAILED)), WHOLE))
    assert any("a gap without a cause: transcription failed" in line for line in untrue.complaints())


def test_what_was_not_transcribed_has_to_be_told() -> None:
    """Twelve seconds off that nobody asked for."""
    finals = [said(10), said(40, stream=2)]
    sockets = socket(1, 0, 20, "emulator"), socket(2, 32, 60, "emulator")
    silent = audit(evidence(finals, rows(*finals), verdict(COMPLETE, 2), *sockets, active=(BEFORE, AFTER)))
    assert any("nothing was transcribed for 12.0 s" in line for line in silent.complaints())


@pytest.mark.parametrize(
    ("complaint", "finding"),
    [
        (
            "complete, but 1 segments are missing",
            audit(evidence([said(10), said(22, fate="lost")], rows(said(10)), verdict(COMPLETE, 1), KILLED, BACK)),
        ),
        (
            "missing and in no gap",
            audit(
                evidence(
                    [said(10), said(15, fate="lost")], rows(said(10)), verdict(PARTIAL, 1, gap(20, 25)), KILLED, BACK
                )
            ),
        ),
        (
            "no socket was open for 5.0 s",
            audit(evidence([said(10)], rows(said(10)), verdict(COMPLETE, 1), KILLED, BACK)),
        ),
        (
            "a gap without a cause: stream interrupted",
            audit(evidence([said(10)], rows(said(10)), verdict(PARTIAL, 1, gap(30, 40)), WHOLE)),
        ),
        (
            "a gap without a cause: stream not closed in time",
            audit(
                evidence(
                    [said(10)],
                    rows(said(10)),
                    verdict(PARTIAL, 1, gap(20, 25), gap(0, 20, GapCause.NOT_CLOSED)),
                    KILLED,
                    BACK,
                )
            ),
        ),
        (
            "failed, but 1 segments are stored",
            audit(evidence([said(10)], rows(said(10)), verdict(VerdictKind.FAILED, 1), WHOLE)),
        ),
        ("it counts 2 segments, and 1", audit(evidence([said(10)], rows(said(10)), verdict(COMPLETE, 2), WHOLE))),
        ("there is none: it went away", audit(evidence([said(10)], rows(said(10)), None, WHOLE))),
        (
            "only 1 of 5 lines were said",
            audit(evidence([said(10)], rows(said(10)), verdict(COMPLETE, 1), WHOLE, lines=5)),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_untrue_verdicts(complaint: str, finding: Finding) -> None:
    """Each way in which a verdict can be wrong is told."""
    told = list(finding.complaints())
    assert any(complaint in line for line in told), told
    assert not finding.is_sound


@pytest.mark.parametrize("cause", [GapCause.PAUSED, GapCause.STOPPED])
def test_what_was_asked_for_needs_no_cause(cause: GapCause) -> None:
    """Nobody else has to account for it."""
    judged = verdict(COMPLETE, 1, gap(30, 40, cause))
    assert audit(evidence([said(10)], rows(said(10)), judged, WHOLE)).is_sound


def test_complaints_hold_no_text() -> None:
    """A transcript's words stay in the store."""
    finals = [said(10), said(11), said(30, stream=2)]
    finding = audit(evidence(finals, rows(finals[1], said(12)), verdict(COMPLETE, 9), KILLED, BACK))
    assert not any("at 1" in line for line in finding.complaints())
