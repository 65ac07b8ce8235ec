"""Messages are ready before anybody is told to send them."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from activities import webhook_messages
from activities.transcript_store import TranscriptStoreActivities
from activities.webhook_announcing import Announcer
from callscribe.contracts.webhooks import DeliveryRequest
from callscribe.runtime.store import DeliveryState, TranscriptStore
from callscribe.runtime.webhooks import Hook
from callscribe.transcript.formats import json as json_format
from tests.activities.conftest import perform
from tests.callscribe.runtime.store.conftest import SECRET_WORDS, START, saving, sealing, segment
from tests.support.webhook_receiver import SECRET


def hook(name: str, **more: Any) -> Hook:
    """A webhook."""
    return Hook.model_validate({"name": name, "url": f"https://{name}.example/?key=x", "secret": SECRET, **more})


HOOKS = (hook("plain"), hook("whole", include_transcript=True), hook("live", events=["segments"]))


async def test_a_sealing_keeps_a_message_for_each_that_wants_one(tmp_path: Path) -> None:
    """With the revision that was sealed and the names that people gave; the same however often it is carried out."""
    async with await TranscriptStore.open(f"sqlite:///{tmp_path / 'store.sqlite'}") as store:
        await store.save(saving(segment(1), segment(2)))
        await store.name_participant("k", "4:+14255550123", "Countess", at=START)
        activities = TranscriptStoreActivities(store, Announcer(store, HOOKS, "https://in.example"))
        for attempt in (1, 2):
            outcome = await perform(activities.seal_transcript, sealing(), attempt=attempt)
            assert (outcome.revision, outcome.hooks) == (1, ("plain", "whole"))
        kept = {each.hook: each for each in await store.deliveries("k")}
        assert set(kept) == {"plain", "whole"}
        for delivery in kept.values():
            assert delivery.id == DeliveryRequest.about_revision("k", delivery.hook, 1).id
            assert (delivery.state, delivery.attempts, delivery.revision) == (DeliveryState.PENDING, 0, 1)
            assert delivery.url == f"https://{delivery.hook}.example/"
            assert len(delivery.digest) == 64
        plain, whole = [str(await store.message(kept[name].id)) for name in ("plain", "whole")]
        assert SECRET_WORDS not in plain
        assert json.loads(plain)["data"]["participants"] == [{"id": "4:+14255550123", "name": "Countess"}]
        document = json.loads(whole)["data"]["transcript"]
        assert [each["text"] for each in document["segments"]] == [f"{SECRET_WORDS} 1", f"{SECRET_WORDS} 2"]
        assert (document["revision"], document["verdict"]["kind"]) == (1, "complete")


@pytest.mark.parametrize(("hooks", "beginnings"), [(HOOKS, 0), (HOOKS[:1], 1)])
async def test_the_locale_is_the_one_that_the_call_began_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hooks: tuple[Hook, ...], beginnings: int
) -> None:
    """Not the one that it ended in; beside the text and without it. Only then the first words are read for it."""
    read: list[str] = []
    since = TranscriptStore.segments_since

    async def noted(store: TranscriptStore, key: str, cursor: str | None = None, *, limit: int) -> Any:
        read.append(key)
        return await since(store, key, cursor, limit=limit)

    monkeypatch.setattr(TranscriptStore, "segments_since", noted)
    async with await TranscriptStore.open(f"sqlite:///{tmp_path / 'store.sqlite'}") as store:
        await store.save(saving(segment(1, locale="en-US"), segment(2, locale="de-DE")))
        asked = sealing()
        ended = asked.model_copy(update={"result": asked.result.model_copy(update={"locale": "de-DE"})})
        await perform(TranscriptStoreActivities(store, Announcer(store, hooks)).seal_transcript, ended)
        told = [json.loads(str(await store.message(each.id)))["data"] for each in await store.deliveries("k")]
    assert {each["locale"] for each in told} == {"en-US"}
    assert {each["transcript"]["locale"] for each in told if "transcript" in each} <= {"en-US"}
    assert len(read) == beginnings


async def test_who_follows_is_said_with_every_save(tmp_path: Path) -> None:
    """The same answer every time; nobody is named where nobody wants it, and nothing is kept."""
    async with await TranscriptStore.open(f"sqlite:///{tmp_path / 'store.sqlite'}") as store:
        activities = TranscriptStoreActivities(store, Announcer(store, HOOKS))
        for attempt in (1, 2):
            outcome = await perform(activities.save_segments, saving(segment(1)), attempt=attempt)
            assert (outcome.stored, outcome.feeds) == (1, ("live",))
        nobody = TranscriptStoreActivities(store)
        assert (await perform(nobody.save_segments, saving(segment(2)))).feeds == ()
        assert (await perform(nobody.seal_transcript, sealing())).hooks == ()
        assert await store.deliveries("k") == []


async def test_messages_are_made_beside_the_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker's other activities go on meanwhile; and what several webhooks are sent of a transcript is made once."""
    makers: list[int] = []

    def noting(make: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*arguments: Any, **more: Any) -> Any:
            makers.append(threading.get_ident())
            return make(*arguments, **more)

        return noted

    for module, name in ((json_format, "document"), (webhook_messages, "sealed")):
        monkeypatch.setattr(module, name, noting(getattr(module, name)))
    hooks = (hook("one", include_transcript=True), hook("two", include_transcript=True))
    async with await TranscriptStore.open(f"sqlite:///{tmp_path / 'store.sqlite'}") as store:
        await store.save(saving(segment(1)))
        activities = TranscriptStoreActivities(store, Announcer(store, hooks))
        assert (await perform(activities.seal_transcript, sealing())).hooks == ("one", "two")
    assert len(makers) == 3
    assert threading.get_ident() not in makers
