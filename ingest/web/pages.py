"""The page's static files, read once: HTML at addresses of their own, everything else under `/assets/`."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from ingest.web.replies import PageError, notice

FOLDER: Final = Path(__file__).resolve().parent.parent / "pages"
TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
"""Ending → content type; a file of any other kind is not served."""


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes = field(repr=False)
    media_type: str
    etag: str


class Pages:
    """All files of a folder, in memory: a request reads no disk."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): _read(path)
            for path in sorted(folder.rglob("*"))
            if path.suffix in TYPES and path.is_file()
        }

    async def asset(self, request: Request) -> Response:
        """A file, or 304 for one that the asker has already; 404. Nothing in them is secret."""
        name = request.path_params["file"]
        if name.endswith(".html"):
            raise PageError(404, "There is no such file.")
        return self._sent(request, name, 200)

    def page(self, request: Request, name: str) -> Response:
        """A page, to one who has been let in."""
        return self._sent(request, name, 200)

    def no_access(self, status: int) -> Response:
        """How to get a link, for one who has none that holds."""
        file = self._files.get("no-access.html")
        if file is None:
            return Response(
                notice("You need a link", "Make one with 'callscribe page'."), status, media_type="text/html"
            )
        return Response(file.body, status, media_type=file.media_type)

    def _sent(self, request: Request, name: str, status: int) -> Response:
        file = self._files.get(name)
        if file is None:
            raise PageError(404, "There is no such file.")
        # Always asked for again, and then most often not sent: a new version is seen at once.
        headers = {"ETag": file.etag, "Cache-Control": "no-cache"}
        if file.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(file.body, status, headers=headers, media_type=file.media_type)


def _read(path: Path) -> _File:
    body = path.read_bytes()
    return _File(body, TYPES[path.suffix], f'"{hashlib.sha256(body).hexdigest()[:32]}"')
