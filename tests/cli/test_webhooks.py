"""Webhooks on the command line."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from activities.transcript_store import TranscriptStoreActivities
from activities.webhook_announcing import Announcer
from callscribe.contracts import names
from callscribe.contracts.webhooks import DeliveryRequest
from callscribe.runtime.store import DeliveryState, TranscriptStore
from callscribe.runtime.webhooks import Hook
from cli.exit_codes import ExitCode
from cli.main import run
from tests.activities.conftest import perform
from tests.callscribe.runtime.store.conftest import saving, sealing, segment
from tests.cli.dev_stack import Tell
from tests.support.webhook_receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver in a thread and loop of its own, for the commands bring theirs."""
    ready = threading.Event()
    found: list[tuple[Receiver, asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def live() -> None:
        stop = asyncio.Event()
        async with receiving() as it:
            found.append((it, asyncio.get_running_loop(), stop))
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(live()))
    thread.start()
    assert ready.wait(30)
    it, loop, stop = found[0]
    yield it
    loop.call_soon_threadsafe(stop.set)
    thread.join(30)


@pytest.fixture
def configured(receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    """A home folder and one webhook."""
    monkeypatch.setenv("CALLSCRIBE_HOME", str(tmp_path))
    monkeypatch.setenv("CALLSCRIBE_WEBHOOKS", json.dumps([receiver.hook(events=["sealed", "segments"])]))
    monkeypatch.setenv("COLUMNS", "250")
    return receiver


async def seal(url: str, hook: Hook, key: str) -> str:
    """Seal a call; returns the id of the message about it."""
    async with await TranscriptStore.open(url) as store:
        await perform(TranscriptStoreActivities(store, Announcer(store, [hook])).seal_transcript, sealing(key))
    return DeliveryRequest.about_revision(key, hook.name, 1).id


async def save(url: str, key: str) -> None:
    """Save a first segment of a call."""
    async with await TranscriptStore.open(url) as store:
        await store.save(saving(segment(1), key=key))


async def fail(url: str, id_: str) -> None:
    """The message is given up."""
    async with await TranscriptStore.open(url) as store:
        kept = await store.delivery(id_)
        assert kept is not None
        failed = {
            "state": DeliveryState.FAILED,
            "attempts": 12,
            "last_status": 500,
            "last_error": "answered 500: out of \x1border",
        }
        await store.note_delivery(kept.model_copy(update=failed))


def test_list(configured: Receiver, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the secret, and without the address's query."""
    assert run(["webhooks", "list"]) == 0
    shown = capsys.readouterr().out
    assert "segments" in shown
    assert "left out" in shown
    assert run(["webhooks", "list", "--json"]) == 0
    line = capsys.readouterr().out
    assert json.loads(line) == {
        "name": "crm",
        "url": configured.url.partition("?")[0],
        "events": ["sealed", "segments"],
        "include_transcript": False,
        "secrets": 1,
    }
    for text in (shown, line):
        assert configured.secret not in text
        assert "hidden" not in text


def test_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What to set; a mistake in it is one line."""
    monkeypatch.setenv("CALLSCRIBE_HOME", str(tmp_path))
    monkeypatch.delenv("CALLSCRIBE_WEBHOOKS", raising=False)
    assert run(["webhooks", "list"]) == 0
    assert "in this terminal's environment: set CALLSCRIBE_WEBHOOKS" in capsys.readouterr().out
    assert run(["webhooks", "test", "crm"]) == 3
    assert "CALLSCRIBE_WEBHOOKS is empty" in capsys.readouterr().err
    monkeypatch.setenv("CALLSCRIBE_WEBHOOKS", "{")
    assert run(["webhooks", "list"]) == 2
    assert capsys.readouterr().err.startswith("callscribe: CALLSCRIBE_WEBHOOKS is not JSON (at character")


def test_ping(configured: Receiver, capsys: pytest.CaptureFixture[str]) -> None:
    """Signed as every message is; the exit code says whether it was taken."""
    assert run(["webhooks", "test", "crm"]) == 0
    assert "took it: answered 204" in capsys.readouterr().out
    (message,) = configured.received
    assert (message.content["type"], message.data) == ("ping", {"hook": "crm"})
    configured.answer(401, "who are you?")
    assert run(["webhooks", "test", "crm", "--json"]) == 1
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {
        "hook": "crm",
        "taken": False,
        "status": 401,
        "error": "answered 401: who are you?",
    }
    assert "did not take it: answered 401" in shown.err
    assert run(["webhooks", "test", "erp"]) == 3
    assert "There is no webhook 'erp': there are crm." in capsys.readouterr().err


def test_deliveries(configured: Receiver, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line each; of an unknown one, how to find those there are."""
    hook = Hook.model_validate(configured.hook())
    with asyncio.Runner() as runner:
        id_ = runner.run(seal(f"sqlite+aiosqlite:///{tmp_path / 'transcripts.sqlite'}", hook, "k"))
    assert run(["webhooks", "deliveries", "call-k"]) == 0
    shown = capsys.readouterr().out
    assert id_ in shown
    assert "transcript.sealed, revision 1" in shown
    assert "pending" in shown
    assert run(["webhooks", "deliveries", "k", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == id_
    assert run(["webhooks", "deliveries", "nobody"]) == ExitCode.NOT_FOUND
    assert "no call 'nobody'" in capsys.readouterr().err
    with asyncio.Runner() as runner:
        runner.run(save(f"sqlite+aiosqlite:///{tmp_path / 'transcripts.sqlite'}", "untold"))
    assert run(["webhooks", "deliveries", "untold"]) == 0
    assert "No webhook was told of call 'untold'." in capsys.readouterr().out
    assert run(["webhooks", "redeliver", "msg_0"]) == 3
    assert "callscribe webhooks deliveries CALL" in capsys.readouterr().err


@pytest.mark.parametrize("width", [40, 80, 100, 120, 200])
def test_deliveries_at_any_width(
    configured: Receiver,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    width: int,
) -> None:
    """The id is what `redeliver` wants, and the error what everybody else does."""
    hook = Hook.model_validate(configured.hook())
    with asyncio.Runner() as runner:
        id_ = runner.run(seal(f"sqlite+aiosqlite:///{tmp_path / 'transcripts.sqlite'}", hook, "k"))
        runner.run(fail(f"sqlite+aiosqlite:///{tmp_path / 'transcripts.sqlite'}", id_))
    monkeypatch.setenv("COLUMNS", str(width))
    assert run(["webhooks", "deliveries", "k"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith(id_) for line in lines)
    shown = " ".join(" ".join(lines).split())
    assert "failed" in shown
    assert "answered 500: out of order" in shown
    assert "\x1b" not in shown
    assert max(map(len, lines)) <= width


def test_redeliver(tell: Tell, home: Path) -> None:
    """A workflow is begun that a running worker takes; this one knows no such webhook, and says so until it is told.
    Meanwhile it is not begun twice.
    """
    hook = Hook.model_validate({"name": "gone", "url": "https://x", "secret": Receiver().secret})
    with asyncio.Runner() as runner:
        id_ = runner.run(seal(f"sqlite+aiosqlite:///{home / 'transcripts.sqlite'}", hook, "told"))
    code, shown, _ = tell("webhooks", "redeliver", id_)
    assert (code, shown.strip()) == (0, "It is being sent again by webhook-told-gone-revision-1-again-1.")
    code, _, said = tell("webhooks", "redeliver", id_)
    assert code == ExitCode.REFUSED
    assert "is under way, by webhook-told-gone-revision-1-again-1. Wait until" in said
    with asyncio.Runner() as runner:
        id_ = runner.run(seal(f"sqlite+aiosqlite:///{home / 'transcripts.sqlite'}", hook, "told-too"))
    code, shown, _ = tell("webhooks", "redeliver", id_, "--json")
    workflow = f"{names.DELIVERY_ID_PREFIX}told-too-gone-revision-1-again-1"
    assert json.loads(shown) == {"delivery": id_, "workflow": workflow}
