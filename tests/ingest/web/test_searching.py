"""Search."""

from datetime import timedelta

from callscribe.contracts.links import PageRole
from tests.ingest.web import stage
from tests.ingest.web.conftest import Theatre
from tests.ingest.web.visiting import visiting


async def test_search(theatre: Theatre) -> None:
    """Over all calls, or in one; a page at a time; with a link to the moment."""
    for key in ("a/b", "c"):
        await stage.save(theatre.store, key, stage.words(2))
    await stage.seal(theatre.store, "a/b", connected_at=stage.BEGAN - timedelta(seconds=9))
    async with visiting(theatre.ingest) as viewer:
        found = (await viewer.get("/api/search", params={"q": "s1 2"})).json()
        assert {hit["key"] for hit in found["hits"]} == {"a/b", "c"}
        assert found["next"] is None
        (hit,) = [hit for hit in found["hits"] if hit["key"] == "a/b"]
        assert hit["link"] == "/calls/a%2Fb#s1:2"
        assert hit["participant"]["label"] == "Ada"
        assert hit["offset"] == "20000000"
        assert hit["seconds_in"] == 1.5, "when the phrase began, from the opening of the call's first stream"
        assert "".join(part["text"] for part in hit["text_parts"]) == "s1 2"
        assert all(part["match"] for part in hit["text_parts"] if part["text"].strip())
        one = (await viewer.get("/api/search", params={"q": "s1", "limit": 1})).json()
        rest = (await viewer.get("/api/search", params={"q": "s1", "limit": 9, "after": one["next"]})).json()
        assert (len(one["hits"]), len(rest["hits"])) == (1, 3)
        here = (await viewer.get("/api/search", params={"q": "s1", "call": "c"})).json()
        assert {hit["key"] for hit in here["hits"]} == {"c"}
        for wrong in ({"q": ""}, {"q": '"'}, {"q": "-a"}, {"q": "a", "after": "nonsense"}, {"q": "a", "limit": "0"}):
            refused = await viewer.get("/api/search", params=wrong)
            assert (refused.status_code, bool(refused.json()["error"]["message"])) == (400, True)
    async with visiting(theatre.ingest, PageRole.GUEST, call="c") as guest:
        mine = (await guest.get("/api/search", params={"q": "s1", "call": "a/b"})).json()
        assert {hit["key"] for hit in mine["hits"]} == {"c"}
