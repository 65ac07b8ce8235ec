"""One call in full, at any width."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from callscribe.contracts.errors import Problem
from callscribe.contracts.status import (
    CallResult,
    CallState,
    CallStatus,
    LocaleInForce,
    Step,
    StreamStatus,
    TranscriptionState,
)
from callscribe.runtime.store import Delivery, DeliveryState
from callscribe.transcript.facts import Gap, GapCause, Verdict, VerdictKind
from callscribe.transcript.model import Stream
from cli.detail import Known, end_view, say_end, say_status, status_view

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DELIVERY = Delivery(
    id="d1",
    call="k",
    hook="crm",
    event="transcript.sealed",
    revision=1,
    url="https://crm.example",
    state=DeliveryState.FAILED,
    attempts=3,
    last_status=503,
    last_error="Service\nUnavailable",
    created_at=NOW,
    updated_at=NOW,
)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_running_call_fits(width: int) -> None:
    """Streams, participants, the last problem and what to do about it."""
    status = CallStatus(
        key="k" * 36,
        state=CallState.TRANSCRIBING,
        transcription=TranscriptionState.ON,
        locale="en-US",
        participants={"4:+12025550100": "", "8:acs:x": "Anna"},
        started_at=NOW,
        streams=(StreamStatus(id="s1", opened_at=NOW, mark=3, last_seq=4, segments=12),),
        gaps=(Gap(start=NOW, end=NOW + timedelta(seconds=3), cause=GapCause.PAUSED),),
        problem=Problem(message="ACS refused.", advice="Set an endpoint."),
        steps=(
            Step(
                name="start transcription (en-US)",
                started_at=NOW,
                finished_at=NOW + timedelta(seconds=75),
                outcome="superseded",
            ),
        ),
    )
    console = Console(width=width)
    with console.capture() as captured:
        console.print(status_view(status, NOW + timedelta(seconds=5), Known(deliveries=(DELIVERY,))))
    shown = captured.get()
    assert all(len(line) <= width for line in shown.splitlines())
    words = " ".join(shown.split())
    for part in (
        "transcribing",
        "+1 202 555 0100",
        "Anna",
        "ACS refused.",
        "Set an endpoint.",
        "Gaps so far",
        "paused",
        "superseded",
    ):
        assert part in words
    assert "failed to crm, transcript.sealed, revision 1" in words
    assert "3 attempts, HTTP 503: Service Unavailable" in words


def test_a_call_that_is_being_sealed_began_and_ended_so_long_ago() -> None:
    """Its last words are waited for, now and then for minutes: what it lasted is not how long ago it began."""
    status = CallStatus(
        key="k",
        state=CallState.DRAINING,
        transcription=TranscriptionState.STOPPED,
        locale="en-US",
        started_at=NOW,
        ended_at=NOW + timedelta(minutes=3),
    )
    console = Console(width=120)
    with console.capture() as captured:
        console.print(status_view(status, NOW + timedelta(minutes=8), Known()))
    facts = {line.split()[0]: line.rstrip() for line in captured.get().splitlines()}
    assert facts["started"].endswith(", 8 min 00 s ago")
    assert facts["ended"].endswith(", 5 min 00 s ago")


def test_the_verdict_of_a_finished_call_comes_first() -> None:
    """Then the rest."""
    verdict = Verdict(kind=VerdictKind.EMPTY, reason="Nothing was said.")
    result = CallResult(key="k", verdict=verdict, locale="en-US", started_at=NOW, ended_at=NOW, end_reason="hung up")
    result = result.model_copy(update={"server_call_id": "aHR0"})
    console = Console(width=120)
    with console.capture() as captured:
        console.print(end_view(result, Known(correlation_id="c0rr")))
    lines = captured.get().splitlines()
    assert lines[0] == "empty: Nothing was said."
    assert {"correlation  c0rr", "server call  aHR0"} <= set(map(str.rstrip, lines))
    assert any("hung up" in line for line in lines)


def test_a_transcript_that_is_being_amended_says_so() -> None:
    """Which revision is shown, and that another one is on its way."""
    verdict = Verdict(kind=VerdictKind.COMPLETE, reason="All of it.")
    result = CallResult(key="k", verdict=verdict, locale="en-US", started_at=NOW, ended_at=NOW, revision=2, segments=7)
    console = Console(width=120)
    with console.capture() as captured:
        console.print(end_view(result, Known(amending=True)))
    assert "7 (revision 2; more has come, revision 3 follows)" in captured.get()


def test_scripts_get_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    """What the workflow says and what the store knows, in one object."""
    verdict = Verdict(kind=VerdictKind.COMPLETE, reason="All of it.")
    result = CallResult(key="k", verdict=verdict, locale="en-US", started_at=NOW, ended_at=NOW)
    stream = Stream(id="s", opened_at=NOW)
    known = Known(correlation_id="c0rr", participants={"4:+1": "Anna"}, streams=(stream,), deliveries=(DELIVERY,))
    say_end(result, known, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["correlation_id"] == "c0rr"
    assert told["verdict"]["kind"] == "complete"
    assert told["participants"] == {"4:+1": "Anna"}
    assert [one["id"] for one in told["streams"]] == ["s"]
    assert [one["hook"] for one in told["deliveries"]] == ["crm"]


def test_a_running_call_tells_scripts_of_its_webhooks_too(capsys: pytest.CaptureFixture[str]) -> None:
    """Beside its status."""
    status = CallStatus(
        key="k",
        state=CallState.CONNECTED,
        transcription=TranscriptionState.OFF,
        locale="en-US",
        started_at=NOW,
    )
    say_status(status, Known(deliveries=(DELIVERY,)), as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["deliveries"][0]["state"]) == ("connected", "failed")


def test_nothing_in_it_steers_the_terminal() -> None:
    """Reasons, notes, ids and advice hold what ACS and people wrote."""
    wild = "so\x1b]0;title\x07 far\x9b2J"
    gap = Gap(start=NOW, end=NOW, cause=GapCause.PAUSED, note=wild)
    result = CallResult(
        key=wild,
        verdict=Verdict(kind=VerdictKind.PARTIAL, reason=wild, gaps=(gap,)),
        call_connection_id=wild,
        locale="en-US",
        started_at=NOW,
        ended_at=NOW,
        end_reason=wild,
        problem=Problem(message=wild, advice=wild),
    )
    stream = Stream(id="s1", opened_at=NOW, close_reason=wild)
    console = Console(width=200, color_system=None)
    with console.capture() as captured:
        console.print(end_view(result, Known(participants={wild: "Ada", "8:x": wild}, streams=(stream,))))
    shown = captured.get()
    assert "\x1b" not in shown
    assert "\x9b" not in shown
    assert shown.count("so ]0;title far 2J") == 11


@pytest.mark.parametrize(
    ("locales", "running", "over"),
    [
        ((), "", "locale de-DE"),
        (("de-DE",), "", "locale de-DE"),
        (("en-US", "de-DE"), "locales en-US → de-DE", "locale en-US → de-DE"),
    ],
)
def test_the_locales_of_a_whole_call(locales: tuple[str, ...], running: str, over: str) -> None:
    """Of a running one beside the one that is in force."""
    told = tuple(LocaleInForce(at=NOW, locale=each) for each in locales)
    status = CallStatus(
        key="k",
        state=CallState.TRANSCRIBING,
        transcription=TranscriptionState.ON,
        locale="de-DE",
        locales=told,
        started_at=NOW,
    )
    verdict = Verdict(kind=VerdictKind.COMPLETE, reason="All of it.")
    result = CallResult(key="k", verdict=verdict, locale="de-DE", locales=told, started_at=NOW, ended_at=NOW)
    console = Console(width=120)
    with console.capture() as captured:
        console.print(status_view(status, NOW, Known()))
    lines = [" ".join(line.split()) for line in captured.get().splitlines()]
    assert "state transcribing, transcription on, locale de-DE" in lines
    assert [line for line in lines if line.startswith("locales")] == ([running] if running else [])
    with console.capture() as captured:
        console.print(end_view(result, Known()))
    assert over in [" ".join(line.split()) for line in captured.get().splitlines()]
