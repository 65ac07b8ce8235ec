"""Routes by the escaped path."""

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from ingest.web.routing import EscapedRoute


async def nothing(_: Request) -> Response:
    """Never called."""
    raise AssertionError


def found(pattern: str, raw: str, method: str = "GET") -> tuple[Match, dict[str, str]]:
    """Whether a request for `raw` matches, and its parameters."""
    scope = {"type": "http", "method": method, "path": "/decoded", "raw_path": raw.encode()}
    match, child = EscapedRoute(pattern, nothing, methods=["GET"]).matches(scope)
    return match, child.get("path_params", {})


@pytest.mark.parametrize(
    ("raw", "call"),
    [("a", "a"), ("a%2Fb", "a/b"), ("%C3%BC%20%3F", "ü ?"), ("a%2Fsegments", "a/segments"), ("%25", "%")],
)
def test_a_key_is_one_escaped_segment(raw: str, call: str) -> None:
    """Whatever it holds."""
    assert found("/calls/{call}", f"/calls/{raw}") == (Match.FULL, {"call": call})
    assert found("/calls/{call}/segments", f"/calls/{raw}/segments") == (Match.FULL, {"call": call})
    assert found("/calls/{call}", f"/calls/{raw}/segments")[0] is Match.NONE


def test_the_rest_must_fit() -> None:
    """Dots are dots, empty segments are none, other methods fit in part."""
    assert found("/t.{form}", "/t.vtt") == (Match.FULL, {"form": "vtt"})
    assert found("/t.{form}", "/txvtt")[0] is Match.NONE
    assert found("/calls/{call}", "/calls/")[0] is Match.NONE
    assert found("/calls/{call}", "/calls/a", "POST")[0] is Match.PARTIAL
    assert found("/calls/{call}", "/calls/a", "HEAD")[0] is Match.FULL


def test_without_an_escaped_path() -> None:
    """A server that does not give it is served by the path it gives; sockets are not ours."""
    route = EscapedRoute("/calls/{call}", nothing, methods=["GET"])
    assert route.matches({"type": "http", "method": "GET", "path": "/calls/a"})[0] is Match.FULL
    assert route.matches({"type": "websocket", "path": "/calls/a"})[0] is Match.NONE
