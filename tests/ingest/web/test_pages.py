"""Static files."""

from pathlib import Path

import pytest
from starlette.requests import Request

from ingest.web.pages import TYPES, Pages
from ingest.web.replies import PageError


def asking(file: str, etag: str = "") -> Request:
    """A request for a file."""
    headers = [(b"if-none-match", etag.encode())] if etag else []
    return Request({"type": "http", "method": "GET", "headers": headers, "path_params": {"file": file}})


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    """A small site."""
    (tmp_path / "list.html").write_text("<p>list</p>")
    (tmp_path / "call.js").write_text("export {};")
    (tmp_path / "secret.py").write_text("no")
    return Pages(tmp_path)


async def test_files_are_sent_once(pages: Pages) -> None:
    """With their type, and not again to one who has them."""
    sent = await pages.asset(asking("call.js"))
    assert sent.body == b"export {};"
    assert sent.headers["content-type"] == "text/javascript; charset=utf-8"
    assert sent.headers["cache-control"] == "no-cache"
    again = await pages.asset(asking("call.js", sent.headers["etag"]))
    assert (again.status_code, again.body) == (304, b"")
    assert pages.page(asking(""), "list.html").body == b"<p>list</p>"


@pytest.mark.parametrize("name", ["list.html", "secret.py", "none.js", "../list.html", "/etc/passwd", ""])
async def test_nothing_else_is(pages: Pages, name: str) -> None:
    """Pages have addresses of their own; what is of no kind we know is no file of the page."""
    with pytest.raises(PageError):
        await pages.asset(asking(name))


def test_without_a_page_for_strangers(pages: Pages, tmp_path: Path) -> None:
    """They are told all the same."""
    assert b"callscribe page" in pages.no_access(401).body
    (tmp_path / "no-access.html").write_text("<p>ask</p>")
    assert Pages(tmp_path).no_access(401).body == b"<p>ask</p>"


def test_our_own_files_can_all_be_served() -> None:
    """Every file of the folder has a type."""
    folder = Path(__file__).resolve().parents[3] / "ingest" / "pages"
    assert [path.name for path in folder.glob("*") if path.is_file() and path.suffix not in TYPES] == []
