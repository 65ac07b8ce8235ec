"""What every answer of the page has in common: headers, and errors that say what to do."""

import html
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from callscribe.runtime.store import StoreError
from ingest.web.routing import Door

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""On every answer. The address of a call's page names its key: no other site is to learn it."""
MOST_BYTES: Final = 64 * 1024
"""Of a request's body."""

_log = logging.getLogger(__name__)


class PageError(Exception):
    """What a person is told instead of what they asked for."""

    def __init__(
        self, status: int, message: str, advice: str = "", *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        """What happened, in a sentence."""
        self.advice = advice
        """What to do about it, in a sentence; may be empty."""
        self.headers = dict(headers or {})


class Refused:
    """Tells people of refusals, and counts them wherever ingest counts its own."""

    def __init__(self, count: Callable[[int], None], no_access: Callable[[int], Response]) -> None:
        """`no_access` makes the page for one who has no link."""
        self._count = count
        self._no_access = no_access

    def door(self, inner: Door) -> Door:
        """`inner`, with its errors told in the form that the asker reads, and the headers of the page on every answer."""

        async def outer(request: Request) -> Response:
            try:
                response = await inner(request)
            except PageError as error:
                response = self._told(request, error)
            except StoreError as error:
                response = self._told(request, PageError(503, error.message, error.advice))
            except HTTPException as error:
                response = self._told(request, PageError(error.status_code, str(error.detail)))
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            response.headers.setdefault("Cache-Control", "no-store")
            return response

        return outer

    def _told(self, request: Request, error: PageError) -> Response:
        self._count(error.status)
        _log.info("page refused: %s", error.message, extra={"status": error.status})
        if request.url.path.startswith("/api/"):
            told = {"error": {"message": error.message, "advice": error.advice}}
            return JSONResponse(told, error.status, headers=error.headers)
        if error.status == 401:
            return self._no_access(401)
        return HTMLResponse(notice(error.message, error.advice), error.status, headers=error.headers)


def notice(title: str, text: str) -> str:
    """A small page that says one thing."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Callscribe: {html.escape(title)}</title>\n"
        '<link rel="stylesheet" href="/assets/page.css">\n</head>\n'
        f'<body class="notice">\n<main>\n<h1>{html.escape(title)}</h1>\n<p>{html.escape(text)}</p>\n'
        '<p><a href="/">All calls</a></p>\n</main>\n</body>\n</html>\n'
    )


async def json_body(request: Request) -> dict[str, Any]:
    """The JSON object in a request's body. Raises `PageError` 413, 415 or 400."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise PageError(415, "This address takes JSON.", "Send it with Content-Type: application/json.")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise PageError(413, f"A request has at most {MOST_BYTES} bytes.")
    try:
        given = json.loads(bytes(body) or b"{}")
    except (ValueError, RecursionError) as error:
        raise PageError(400, "The request is not JSON.") from error
    if not isinstance(given, dict):
        raise PageError(400, "The request is not a JSON object.")
    return given


def number(request: Request, name: str, default: int, most: int) -> int:
    """A whole number of the query, from 1 to `most`. Raises `PageError` 400."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or not 0 < len(text) < 10 or int(text) < 1:
        raise PageError(400, f"'{name}' is a whole number from 1 to {most}.")
    return min(int(text), most)
