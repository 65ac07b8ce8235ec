"""Acting on calls through the page."""

import pytest

from callscribe.contracts import names
from callscribe.contracts.links import PageRole
from ingest.web import commands
from ingest.web.details import COMMANDS
from tests.ingest.web import stage
from tests.ingest.web.conftest import Theatre
from tests.ingest.web.stage import ADA, BOB, words
from tests.ingest.web.visiting import visiting

PAUSE = f"commands/{names.UPDATE_PAUSE}"
LOCALE = f"commands/{names.UPDATE_LOCALE}"


def test_every_command_has_its_argument() -> None:
    """And every one that the page offers is known."""
    assert tuple(commands.ARGUMENTS) == COMMANDS


async def test_commands(theatre: Theatre, monkeypatch: pytest.MonkeyPatch) -> None:
    """Done; refused with the workflow's own reason; unknown; over; wrong; still under way."""
    monkeypatch.setattr(commands, "WITHIN", 0.2)
    key, handle = await theatre.call("a/b ü")
    base = "/api/calls/a%2Fb%20%C3%BC"
    async with visiting(theatre.ingest, PageRole.OPERATOR) as operator:
        done = await operator.post(f"{base}/{PAUSE}", json={})
        assert (done.status_code, done.json()) == (200, {"note": "So."})
        assert (await operator.get(base)).json()["state"] == "paused"
        refused = await operator.post(f"{base}/{LOCALE}", json={"locale": "tlh-QO"})
        assert refused.status_code == 409
        assert refused.json()["error"] == {"message": "Nobody speaks it.", "advice": "Choose another."}
        slow = await operator.post(f"{base}/{LOCALE}", json={"locale": "la-VA"})
        assert (slow.status_code, "under way" in slow.json()["error"]["advice"]) == (504, True)
        for path, body, status in (
            (f"{base}/commands/dance", {}, 404),
            (f"{base}/commands/close_stream", {}, 404),
            (f"{base}/{LOCALE}", {}, 400),
            (f"{base}/{PAUSE}", {"locale": "de-DE"}, 400),
            (f"/api/calls/nobody/{PAUSE}", {}, 404),
        ):
            answer = await operator.post(path, json=body)
            assert (answer.status_code, bool(answer.json()["error"]["message"])) == (status, True), path
        await handle.signal("end")
        await handle.result()
        assert (await operator.post(f"{base}/{PAUSE}", json={})).status_code == 409
        assert key == "a/b ü"


async def test_only_operators_on_our_own_page_act(theatre: Theatre) -> None:
    """Not viewers, not guests, not another site in an operator's browser, not a form."""
    key, _ = await theatre.call()
    for role, call in ((PageRole.VIEWER, None), (PageRole.GUEST, key)):
        async with visiting(theatre.ingest, role, call=call) as visitor:
            assert (await visitor.post(f"/api/calls/{key}/{PAUSE}", json={})).status_code == 403
            assert (await visitor.post(f"/api/calls/{key}/participants", json={})).status_code == 403
    async with visiting(theatre.ingest, PageRole.OPERATOR) as operator:
        for origin in ("https://evil.example", "null", ""):
            forged = await operator.post(f"/api/calls/{key}/{PAUSE}", json={}, headers={"Origin": origin})
            assert forged.status_code == 403
        assert (await operator.post(f"/api/calls/{key}/{PAUSE}", data={"a": "b"})).status_code == 415
        assert (await operator.get(f"/api/calls/{key}/{PAUSE}")).status_code == 405


async def test_names(theatre: Theatre) -> None:
    """Given while the call runs; they win, and an empty one takes them back."""
    key, _ = await theatre.call()
    await stage.save(theatre.store, key, words(1))
    async with visiting(theatre.ingest, PageRole.OPERATOR) as operator:
        path = f"/api/calls/{key}/participants"
        named = await operator.post(path, json={"id": BOB, "name": " Bob <b> "})
        assert [(one["id"], one["name"]) for one in named.json()] == [(ADA, "Ada"), (BOB, "Bob <b>")]
        assert (await operator.get(f"/api/calls/{key}")).json()["participants"] == named.json()
        back = await operator.post(path, json={"id": BOB, "name": ""})
        assert [one["label"] for one in back.json()] == ["Ada", "ACS user …1f2e"]
        for body, status in (
            ({"id": "4:+1999", "name": "x"}, 404),
            ({"id": BOB}, 400),
            ({"id": "", "name": "x"}, 400),
            ({"id": BOB, "name": "x" * 201}, 400),
        ):
            assert (await operator.post(path, json=body)).status_code == status
        assert (await operator.post("/api/calls/nobody/participants", json={"id": BOB, "name": "x"})).status_code == 404
