"""Who may do what on the page. A link holds a pass; `/enter` turns it into a cookie that no script can read."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from callscribe.contracts.links import PagePass, Purpose, page_path, read_page_token, sign
from ingest.web.pages import Pages
from ingest.web.replies import PageError

NO_LINK: Final = "You need a link to see calls."
EXPIRED: Final = "Your link has expired."
GET_LINK: Final = "Ask for one, or make one with 'callscribe page'."


class Access:
    """Reads passes, and checks them."""

    def __init__(self, *, secret: str, public_url: str, now: Callable[[], datetime], pages: Pages) -> None:
        self._secret = secret
        self._public = urlsplit(public_url)
        self._now = now
        self._pages = pages
        # Browsers know no ports in cookies: two stacks on one machine must not put each other's people out.
        self.cookie = f"callscribe_{sign(secret, Purpose.PAGE, 'cookie')[:8]}"

    def visitor(self, request: Request) -> PagePass:
        """The pass of whoever asks. Raises `PageError` 401."""
        token = request.cookies.get(self.cookie)
        if not token:
            raise PageError(401, NO_LINK, GET_LINK)
        granted = read_page_token(self._secret, token)
        if granted is None:
            raise PageError(401, NO_LINK, f"The one that you came with is not ours. {GET_LINK}")
        if self.expired(granted):
            raise PageError(401, EXPIRED, GET_LINK)
        return granted

    def reader(self, request: Request, call: str) -> PagePass:
        """The pass of one who may read `call`. Raises `PageError` 401 or 403."""
        granted = self.visitor(request)
        if not granted.may_read(call):
            raise PageError(403, "Your link opens another call only.", "Ask for a link to this one.")
        return granted

    def colleague(self, request: Request) -> PagePass:
        """The pass of one who may read all calls. Raises `PageError` 401 or 403."""
        granted = self.visitor(request)
        if granted.call is not None:
            raise PageError(403, "Your link opens one call only.", "Ask for a link to all calls.")
        return granted

    def operator(self, request: Request) -> PagePass:
        """The pass of one who may change something, in a request of our own page. Raises `PageError` 401 or 403."""
        granted = self.visitor(request)
        if not self._own(request):
            raise PageError(403, "This request does not come from Callscribe's own page.")
        if not granted.may_operate:
            raise PageError(403, "Your link lets you look, not control.", "Ask for an operator's link.")
        return granted

    def expired(self, granted: PagePass) -> bool:
        """Whether the pass opens nothing any more."""
        return granted.expires <= self._now().timestamp()

    async def enter(self, request: Request) -> Response:
        """Take the link's pass into the cookie and go on to where it leads; 401 with the way to a link otherwise."""
        granted = read_page_token(self._secret, request.query_params.get("key", ""))
        if granted is None or self.expired(granted):
            return self._pages.no_access(401)
        response = RedirectResponse(_local(request.query_params.get("to")) or page_path(granted.call), 303)
        self._set(response, request.query_params["key"], granted.expires)
        return response

    async def leave(self, _: Request) -> Response:
        """Drop the cookie."""
        response = self._pages.no_access(200)
        self._set(response, "", 0)
        return response

    def _set(self, response: Response, value: str, expires: int) -> None:
        # Far in the future a cookie's date has no form any more; browsers keep cookies for 400 days at most.
        until = format_datetime(datetime.fromtimestamp(min(expires, 4_000_000_000), UTC), usegmt=True)
        secure = "; Secure" if self._public.scheme == "https" else ""
        cookie = f"{self.cookie}={value}; Path=/; Expires={until}; HttpOnly; SameSite=Lax{secure}"
        response.headers.append("Set-Cookie", cookie)

    def _own(self, request: Request) -> bool:
        """Whether the request's origin is the page's own: the host that it was sent to, or the public address."""
        origin = urlsplit(request.headers.get("origin", ""))
        if origin.scheme not in {"http", "https"} or not origin.netloc:
            return False
        public = (self._public.scheme, self._public.netloc)
        return origin.netloc == request.headers.get("host") or (origin.scheme, origin.netloc) == public


def _local(to: str | None) -> str | None:
    """`to` if it is a path of our own; browsers take two slashes, or one and a backslash, for another host."""
    if not to or not to.startswith("/") or to.startswith(("//", "/\\")):
        return None
    return None if any(ord(character) < 0x21 or character == "\\" for character in to) else to
