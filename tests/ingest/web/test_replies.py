"""Errors and headers of the page."""

import json
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from callscribe.runtime.store import StoreError
from ingest.web.replies import HEADERS, MOST_BYTES, PageError, Refused, json_body, notice, number


def asking(path: str = "/api/x", query: str = "") -> Request:
    """A request."""
    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": query.encode()}
    return Request(scope)


def sending(body: bytes, media_type: str = "application/json") -> Request:
    """A request with a body."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", media_type.encode())]
    return Request({"type": "http", "method": "POST", "path": "/api/x", "headers": headers}, receive)


def raising(error: Exception | None) -> Any:
    """A door that fails, or does not."""

    async def door(_: Request) -> Response:
        if error is not None:
            raise error
        return PlainTextResponse("fine")

    return door


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (PageError(409, "No.", "Do that."), 409),
        (StoreError("It is away.", "Start it."), 503),
        (HTTPException(404, "Nothing."), 404),
    ],
)
async def test_every_error_is_told_and_counted(error: Exception, status: int) -> None:
    """As JSON to programs, as a page to people."""
    counted: list[int] = []
    door = Refused(counted.append, lambda status: Response(status_code=status)).door(raising(error))
    told = await door(asking())
    assert told.status_code == status
    assert set(json.loads(bytes(told.body))["error"]) == {"message", "advice"}
    page = await door(asking("/calls/<b>"))
    assert bytes(page.body).startswith(b"<!doctype html>")
    assert counted == [status, status]
    for answer in (told, page):
        assert {name: answer.headers[name] for name in HEADERS} == dict(HEADERS)


async def test_strangers_get_a_page_of_their_own() -> None:
    """Where a person asks; a program gets JSON."""
    refused = Refused(lambda _: None, lambda status: PlainTextResponse("ask for a link", status))
    door = refused.door(raising(PageError(401, "No link.")))
    assert (await door(asking("/"))).body == b"ask for a link"
    assert b"No link." in (await door(asking())).body
    fine = await refused.door(raising(None))(asking())
    assert fine.headers["cache-control"] == "no-store"


def test_a_notice_is_text() -> None:
    """Whatever is put into it."""
    assert "<script>" not in notice("<script>", "<script>")


async def test_bodies() -> None:
    """An object of JSON, said to be JSON, of a sensible size."""
    assert await json_body(sending(b'{"a": 1}', "application/json; charset=utf-8")) == {"a": 1}
    assert await json_body(sending(b"")) == {}
    for request, status in (
        (sending(b"{}", "text/plain"), 415),
        (sending(b"{"), 400),
        (sending(b"[]"), 400),
        (sending(b"[" * (MOST_BYTES - 1)), 400),
        (sending(b"\xff"), 400),
        (sending(b" " * (MOST_BYTES + 1)), 413),
    ):
        with pytest.raises(PageError) as refused:
            await json_body(request)
        assert refused.value.status == status


def test_numbers_of_a_query() -> None:
    """With a default, a limit, and a clear no."""
    assert number(asking(), "limit", 20, 100) == 20
    assert number(asking(query="limit=7"), "limit", 20, 100) == 7
    assert number(asking(query="limit=999"), "limit", 20, 100) == 100
    for wrong in ("0", "-1", "x", "", "%C2%B2", "99999999999"):
        with pytest.raises(PageError):
            number(asking(query=f"limit={wrong}"), "limit", 20, 100)
