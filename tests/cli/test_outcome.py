"""What a call ended with, in words and as an exit code."""

from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from callscribe.contracts.status import CallResult, Step
from callscribe.transcript.facts import Gap, GapCause, Verdict, VerdictKind
from cli.exit_codes import ExitCode
from cli.outcome import StepsTable, exit_for, seconds, verdict_lines

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("kind", list(VerdictKind))
def test_only_a_complete_transcript_is_a_success(kind: VerdictKind) -> None:
    """A call that ended without text is never reported as one."""
    verdict = Verdict(kind=kind, reason="because")
    result = CallResult(key="k", verdict=verdict, locale="en-US", started_at=NOW, ended_at=NOW)
    assert exit_for(result) is (ExitCode.OK if kind is VerdictKind.COMPLETE else ExitCode.INCOMPLETE)


def test_each_gap_is_a_line_with_its_cause() -> None:
    """After the verdict and its reason."""
    gap = Gap(start=NOW, end=NOW + timedelta(seconds=75), cause=GapCause.PAUSED, note="by request")
    first, second = verdict_lines(Verdict(kind=VerdictKind.PARTIAL, reason="Something is missing.", gaps=(gap,)))
    assert first.plain == "partial: Something is missing."
    assert second.plain.endswith("(1 min 15 s): paused (by request)")


@pytest.mark.parametrize(
    ("span", "shown"),
    [(0.416, "0.42 s"), (-1, "0.00 s"), (12.34, "12.3 s"), (245, "4 min 05 s"), (7400, "2 h 03 min")],
)
def test_spans_are_as_exact_as_people_want_them(span: float, shown: str) -> None:
    """From hundredths of a second to hours."""
    assert seconds(timedelta(seconds=span)) == shown


def test_a_step_under_way_has_no_time_yet() -> None:
    """Its name is shown as it is, brackets included."""
    console = Console(width=60)
    with console.capture() as captured:
        console.print(StepsTable((Step(name="start [en-US]", started_at=NOW),)))
    assert captured.get().split() == ["start", "[en-US]", "…"]


@pytest.mark.parametrize("width", [30, 40, 60, 200])
def test_steps_fit_and_their_outcome_stays_readable(width: int) -> None:
    """The name goes on in the next line; a long outcome too, at words; nothing is cut."""

    def shown(*outcomes: str) -> str:
        steps = (
            Step(
                name="start transcription (en-US)",
                started_at=NOW,
                finished_at=NOW + timedelta(seconds=245),
                outcome=outcome,
            )
            for outcome in outcomes
        )
        console = Console(width=width, color_system=None)
        with console.capture() as captured:
            console.print(StepsTable(tuple(steps)))
        assert all(len(line) <= width for line in captured.get().splitlines())
        return captured.get()

    assert shown("done", "done").count("4 min 05 s  done") == 2
    for word in (refused := "failed: ACS refused it").split():
        assert word in shown(refused)


def test_nothing_in_it_steers_the_terminal() -> None:
    """Reasons, notes and outcomes hold what ACS and people wrote."""
    wild = "so\x1b]0;title\x07 far\x9b2J"
    gap = Gap(start=NOW, end=NOW, cause=GapCause.PAUSED, note=wild)
    step = Step(name="start", started_at=NOW, finished_at=NOW, outcome=wild)
    console = Console(width=200, color_system=None)
    with console.capture() as captured:
        console.print(
            *verdict_lines(Verdict(kind=VerdictKind.PARTIAL, reason=wild, gaps=(gap,))), StepsTable((step,)), sep="\n"
        )
    assert captured.get().count("so ]0;title far 2J") == 3
