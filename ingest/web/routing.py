"""Routes by the escaped path: a call's key may hold any character, also a slash, and comes as one escaped segment.

Starlette matches the path after unescaping, where `/calls/a%2Fsegments` and `/calls/a/segments` are the same.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

_PARAMETER: Final = re.compile(r"\{(\w+)\}")
Door = Callable[[Request], Awaitable[Response]]


class EscapedRoute(Route):
    """A route whose `{parameters}` are each one segment of the escaped path, given to the endpoint unescaped."""

    def __init__(self, path: str, endpoint: Door, *, methods: list[str]) -> None:
        super().__init__(path, endpoint, methods=methods)
        pieces = _PARAMETER.split(path)
        pattern = "".join(
            f"(?P<{piece}>[^/]+)" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces)
        )
        self._escaped = re.compile(pattern)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Full for path and method, partial for the path alone."""
        if scope["type"] != "http":
            return Match.NONE, {}
        raw = scope.get("raw_path")
        path = raw.decode("latin-1").partition("?")[0] if raw is not None else scope["path"]
        found = self._escaped.fullmatch(path)
        if found is None:
            return Match.NONE, {}
        parameters = {name: unquote(value) for name, value in found.groupdict().items()}
        child: Scope = {"endpoint": self.endpoint, "path_params": parameters}
        fits = self.methods is None or scope["method"] in self.methods
        return (Match.FULL if fits else Match.PARTIAL), child
