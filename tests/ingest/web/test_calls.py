"""Questions about calls, through real requests."""

from pathlib import Path

import pytest

from callscribe.contracts.links import PageRole
from callscribe.runtime.store import TranscriptStore
from ingest.main import running_ingest
from tests.ingest.stack import settings_for
from tests.ingest.web import stage
from tests.ingest.web.conftest import Theatre
from tests.ingest.web.visiting import visiting


async def test_one_call(theatre: Theatre) -> None:
    """Running, over, unknown; with what the asker may do."""
    key, handle = await theatre.call()
    async with visiting(theatre.ingest, PageRole.OPERATOR) as operator:
        running = (await operator.get(f"/api/calls/{key}")).json()
        assert (running["key"], running["live"], running["transcription"]) == (key, True, "on")
        assert running["temporal_url"].endswith(f"/namespaces/{theatre.client.namespace}/workflows/call-{key}")
        assert running["commands"]["pause"] == {"enabled": True, "why": ""}
        assert not running["commands"]["resume"]["enabled"]
        assert running["downloads"] == {}
        await stage.save(theatre.store, key, stage.words(1))
        await stage.seal(theatre.store, key, count=1)
        await handle.signal("end")
        await handle.result()
        over = (await operator.get(f"/api/calls/{key}")).json()
        assert (over["live"], over["verdict"], over["end_reason"]) == (False, "complete", "They hung up.")
        assert over["downloads"]["vtt"] == f"/api/calls/{key}/transcript.vtt"
        (stream,) = over["streams"]
        assert (stream["id"], stream["segments"], stream["close_reason"]) == ("s1", 1, "closed")
        assert over["commands"]["hang_up"] == {"enabled": False, "why": "The call is over."}
        unknown = await operator.get("/api/calls/nobody")
        assert (unknown.status_code, unknown.json()["error"]["message"]) == (404, "There is no call 'nobody'.")
    async with visiting(theatre.ingest, PageRole.GUEST, call=key) as guest:
        seen = (await guest.get(f"/api/calls/{key}")).json()
        assert seen["temporal_url"] is None
        assert (await guest.get("/api/calls")).status_code == 403
        assert (await guest.get("/api/calls/nobody")).status_code == 403


async def test_segments_before_one(theatre: Theatre) -> None:
    """In order, a page at a time, to the beginning."""
    await stage.save(theatre.store, "c", stage.words(7))
    async with visiting(theatre.ingest) as viewer:
        page = (await viewer.get("/api/calls/c/segments", params={"before": "s1:7", "limit": 4})).json()
        assert [one["position"] for one in page["segments"]] == [3, 4, 5, 6]
        assert page["earlier"]
        first = (await viewer.get("/api/calls/c/segments", params={"before": "s1:3", "limit": 4})).json()
        assert ([one["position"] for one in first["segments"]], first["earlier"]) == ([1, 2], False)
        assert (await viewer.get("/api/calls/c/segments?before=nobody:1")).json() == {"segments": [], "earlier": False}
        for wrong in ("", "s1", "s1:", "s1:x", ":1"):
            assert (await viewer.get("/api/calls/c/segments", params={"before": wrong})).status_code == 400


async def test_the_list(theatre: Theatre) -> None:
    """Filters of the query, and those that are none."""
    await stage.seal(theatre.store, "over")
    async with visiting(theatre.ingest) as viewer:
        listed = (await viewer.get("/api/calls", params={"show": "over", "verdict": "complete", "locale": "en"})).json()
        assert [one["key"] for one in listed["calls"]] == ["over"]
        assert (listed["next"], listed["notice"]) == (None, None)
        for wrong in ({"show": "x"}, {"verdict": "x"}, {"limit": "x"}, {"after": "x"}):
            assert (await viewer.get("/api/calls", params=wrong)).status_code == 400


async def test_while_temporal_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is stored is shown, with a notice; while the store is away as well, the page says so."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    settings = settings_for(tmp_path / "a")
    async with (
        await TranscriptStore.open(settings.transcript_store_url) as store,
        running_ingest(settings) as ingest,
        visiting(ingest, PageRole.OPERATOR) as operator,
    ):
        await stage.save(store, "begun", stage.words(1))
        await stage.seal(store, "over")
        listed = (await operator.get("/api/calls")).json()
        assert [(one["key"], one["live"]) for one in listed["calls"]] == [("begun", True), ("over", False)]
        assert "Temporal cannot be reached" in listed["notice"]
        begun = (await operator.get("/api/calls/begun")).json()
        assert (begun["segments"], begun["problem"]["message"]) == (1, "Temporal cannot be reached.")
        assert (await operator.get("/api/calls/over")).json()["verdict"] == "complete"
        assert (await operator.get("/api/calls/nobody")).status_code == 503
        paused = await operator.post("/api/calls/begun/commands/pause", json={})
        assert (paused.status_code, paused.json()["error"]["message"]) == (503, "Temporal cannot be reached.")
    monkeypatch.setattr("ingest.web.store_link.WITHIN", 0.2)
    away = settings_for(tmp_path / "b", store_url="postgresql+asyncpg://nobody@127.0.0.1:1/none")
    async with running_ingest(away) as ingest, visiting(ingest) as viewer:
        for path in ("/api/calls", "/api/calls/c", "/api/search?q=a", "/api/calls/c/transcript.txt"):
            answer = await viewer.get(path)
            assert (answer.status_code, bool(answer.json()["error"]["message"])) == (503, True), path
