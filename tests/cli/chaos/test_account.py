"""Every figure is booked once: under the fault it falls under, and in the total."""

from callscribe.transcript.facts import VerdictKind
from cli.chaos.account import CALM, TOTAL, make_account
from cli.chaos.audit import audit
from cli.chaos.havoc import Blow
from cli.chaos.schedule import Kind
from cli.chaos.stalls import Wait
from tests.cli.chaos.calls import BEGIN, evidence, gap, said, socket, stored, verdict

BLOWS = [Blow(Kind.INGEST, BEGIN + 20, BEGIN + 25), Blow(Kind.WORKER, BEGIN + 40, BEGIN + 43)]
FINALS = [said(10), said(19.5), said(22, fate="lost"), said(30, stream=2), said(45, stream=2)]
SOCKETS = (socket(1, 0, 20, "receiver"), socket(2, 25, 60, "emulator"))


def test_figures_fall_under_the_fault_before_them() -> None:
    """What was in flight just before a blow is booked to the blow."""
    kept = [stored(FINALS[0], 1), stored(FINALS[3], 1), stored(FINALS[4], 2)]
    finding = audit(evidence(FINALS, kept, verdict(VerdictKind.PARTIAL, 3, gap(19, 25)), *SOCKETS))
    waits = [Wait(BEGIN + 41, 3.5), Wait(BEGIN + 42, 2.5), Wait(BEGIN + 30, 0.5)]
    account = make_account([finding], BLOWS, waits, seed=1, speed=20, took=60)
    assert account.is_sound
    rows = {row.kind: row for row in account.rows}
    assert list(rows) == [CALM, "ingest", "worker", TOTAL]
    assert [(rows[kind].said, rows[kind].sent, rows[kind].accepted, rows[kind].in_flight) for kind in rows] == [
        (1, 1, 1, 0),
        (3, 2, 1, 1),
        (1, 1, 1, 0),
        (5, 4, 3, 1),
    ]
    assert (rows["worker"].longest_stall, rows["ingest"].longest_stall, rows[TOTAL].longest_stall) == (3.5, 0.5, 3.5)
    assert rows[TOTAL].faults == 2
    assert (account.verdicts, account.untrue) == ({"partial": 1}, 0)
    assert (account.calls[0].said, account.calls[0].stored, account.calls[0].missing) == (5, 3, 2)


def test_one_lost_word_makes_the_run_unsound() -> None:
    """It is counted under its fault, and its call is named."""
    kept = [stored(FINALS[0], 1), stored(FINALS[4], 2)]
    finding = audit(evidence(FINALS, kept, verdict(VerdictKind.PARTIAL, 2, gap(19, 25)), *SOCKETS))
    account = make_account([finding], BLOWS, [], seed=1, speed=20, took=60)
    assert not account.is_sound
    assert [row.lost for row in account.rows] == [0, 1, 0, 1]
    assert account.untrue == 1
    assert {line.split(":")[0] for line in account.calls[0].complaints} == {"lost", "untrue verdict"}


def test_a_stray_is_booked_where_it_was_received() -> None:
    """A word that is stored twice."""
    kept = [stored(final, place) for place, final in enumerate(FINALS, 1) if final.fate == "sent"]
    kept.append(kept[-1].model_copy(update={"position": 9}))
    finding = audit(evidence(FINALS, kept, verdict(VerdictKind.PARTIAL, 5, gap(20, 25)), *SOCKETS))
    account = make_account([finding], BLOWS, [], seed=1, speed=20, took=60)
    assert [row.doubled for row in account.rows] == [0, 0, 1, 1]
