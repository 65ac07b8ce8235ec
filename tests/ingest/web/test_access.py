"""Links, cookies and who may do what."""

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request

from callscribe.contracts.links import PagePass, PageRole, Purpose, page_token, page_url, sign
from callscribe.runtime.tls import tls
from ingest.main import running_ingest
from ingest.web.access import Access
from ingest.web.pages import Pages
from ingest.web.replies import PageError
from tests.ingest.stack import SECRET, settings_for
from tests.ingest.web.visiting import pass_for, visiting

NOW = datetime(2026, 1, 2, tzinfo=UTC)
LATER = int(NOW.timestamp()) + 60


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Temporal: access does not need it."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")


def access(tmp_path: Path, public: str = "http://127.0.0.1:8080") -> Access:
    """At a fixed time."""
    return Access(secret=SECRET, public_url=public, now=lambda: NOW, pages=Pages(tmp_path))


def asking(where: Access, token: str, **headers: str) -> Request:
    """A request with a cookie."""
    given = {"cookie": f"{where.cookie}={token}", "host": "inner:8080"} | headers
    raw = [(name.encode(), value.encode("latin-1")) for name, value in given.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": raw})


def test_who_may_do_what(tmp_path: Path) -> None:
    """A guest reads a call, a viewer all, an operator acts."""
    door = access(tmp_path)
    own = {"origin": "http://inner:8080"}
    guest, viewer, operator = (
        asking(door, page_token(SECRET, PagePass(role=role, expires=LATER, call=call)), **own)
        for role, call in ((PageRole.GUEST, "a/ü"), (PageRole.VIEWER, None), (PageRole.OPERATOR, None))
    )
    for one in (guest, viewer, operator):
        assert door.reader(one, "a/ü").may_read("a/ü")
    for allowed in (viewer, operator):
        assert door.colleague(allowed).call is None
        assert door.reader(allowed, "b").may_read("b")
    assert door.operator(operator).may_operate
    with pytest.raises(PageError) as another_call:
        door.reader(guest, "b")
    refusals = [another_call]
    for check, asker in ((door.colleague, guest), (door.operator, guest), (door.operator, viewer)):
        with pytest.raises(PageError) as error:
            check(asker)
        refusals.append(error)
    assert {one.value.status for one in refusals} == {403}


def test_tokens_that_open_nothing(tmp_path: Path) -> None:
    """None, expired ones, forged ones, keys of other doors."""
    door = access(tmp_path)
    at_its_end = page_token(SECRET, PagePass(role=PageRole.VIEWER, expires=int(NOW.timestamp())))
    ours = page_token(SECRET, PagePass(role=PageRole.VIEWER, expires=LATER))
    theirs = page_token("another secret", PagePass(role=PageRole.OPERATOR, expires=LATER))
    keys = [sign(SECRET, purpose, "c") for purpose in Purpose]
    for token in ("", at_its_end, theirs, ours.replace("viewer", "operator"), ours[:-1], "\xff", *keys):
        with pytest.raises(PageError) as error:
            door.visitor(asking(door, token))
        assert error.value.status == 401
        assert "callscribe page" in error.value.advice


@pytest.mark.parametrize(
    ("origin", "own"),
    [
        ("http://inner:8080", True),
        ("https://inner:8080", True),
        ("https://calls.example", True),
        ("http://calls.example", False),
        ("https://evil.example", False),
        ("https://calls.example.evil.example", False),
        ("null", False),
        ("file://inner:8080", False),
        ("", False),
    ],
)
def test_only_our_own_page_may_act(tmp_path: Path, origin: str, own: bool) -> None:
    """The origin is the host that was asked, or the public address."""
    door = access(tmp_path, "https://calls.example/")
    token = page_token(SECRET, PagePass(role=PageRole.OPERATOR, expires=LATER))
    request = asking(door, token, **({"origin": origin} if origin else {}))
    if own:
        assert door.operator(request).may_operate
    else:
        with pytest.raises(PageError):
            door.operator(request)


async def test_coming_in_and_leaving(tmp_path: Path) -> None:
    """The link gives a cookie that no script reads and leads where it says, within the page."""
    async with (
        running_ingest(settings_for(tmp_path)) as ingest,
        httpx.AsyncClient(verify=tls(), base_url=ingest.http_url) as http,
    ):
        assert (await http.get("/")).status_code == 401
        link = page_url(ingest.http_url, SECRET, pass_for(ingest), call="a/b")
        entered = await http.get(link)
        assert (entered.status_code, entered.headers["location"]) == (303, "/calls/a%2Fb")
        cookie = entered.headers["set-cookie"]
        for attribute in ("HttpOnly", "SameSite=Lax", "Path=/", "Expires="):
            assert attribute in cookie
        assert "Secure" not in cookie
        assert entered.headers["referrer-policy"] == "no-referrer"
        assert (await http.get("/api/session")).status_code == 200
        left = await http.get("/leave")
        assert left.status_code == 200
        assert (await http.get("/api/session")).status_code == 401
        assert (await http.get(link[:-20])).status_code in {303, 401}
        assert (await http.get("/enter?key=viewer.1..0&to=/")).status_code == 401
        gone = page_url("", SECRET, pass_for(ingest, hours=-1))
        assert (await http.get(gone)).status_code == 401


@pytest.mark.parametrize(
    "to", ["https://evil.example", "//evil.example", "/\\evil.example", "/a\nb", "evil", "/ x", ""]
)
async def test_a_link_leads_nowhere_else(tmp_path: Path, to: str) -> None:
    """Not to another site, whatever it is made to say."""
    door = access(tmp_path)
    query = httpx.QueryParams(key=page_token(SECRET, PagePass(role=PageRole.VIEWER, expires=LATER)), to=to)
    request = Request({"type": "http", "method": "GET", "query_string": str(query).encode(), "headers": []})
    assert (await door.enter(request)).headers["location"] == "/"


async def test_over_https_the_cookie_is_secure(tmp_path: Path) -> None:
    """And at https only."""
    door = access(tmp_path, "https://calls.example")
    query = httpx.QueryParams(key=page_token(SECRET, PagePass(role=PageRole.VIEWER, expires=LATER)))
    request = Request({"type": "http", "method": "GET", "query_string": str(query).encode(), "headers": []})
    assert (await door.enter(request)).headers["set-cookie"].endswith("; Secure")


async def test_a_guest_is_led_to_its_call(tmp_path: Path) -> None:
    """From the list, which is not for it."""
    async with (
        running_ingest(settings_for(tmp_path)) as ingest,
        visiting(ingest, PageRole.GUEST, call="a/ü") as guest,
    ):
        assert (await guest.get("/")).headers["location"] == "/calls/a%2F%C3%BC"
        assert (await guest.get("/calls/b")).status_code == 403
