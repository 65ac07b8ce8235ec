"""The page's pure modules in a browser, and what to give them."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page, Route

from callscribe.acs.ticks import TICKS_PER_MILLISECOND

PAGES = Path(__file__).resolve().parent.parent.parent / "ingest" / "pages"
ORIGIN = "http://modules.test"
MINUTE = 60_000


async def serve_modules(page: Page) -> None:
    """Let the page, empty then, import every module."""

    async def answer(route: Route) -> None:
        name = route.request.url.removeprefix(ORIGIN + "/")
        if name:
            await route.fulfill(path=PAGES / name, content_type="text/javascript")
        else:
            await route.fulfill(body="<!doctype html><title>Modules</title>", content_type="text/html")

    await page.route(f"{ORIGIN}/**", answer)
    await page.goto(ORIGIN + "/")


async def run(page: Page, module: str, expression: str, argument: Any = None) -> Any:
    """What the expression gives; `m` is the module, `a` the argument."""
    return await page.evaluate(
        f"async (a) => {{ const m = await import('/{module}'); return {expression}; }}", argument
    )


def segment(position: int, *, who: str = "4:+12025550147", minute: float = 0, **fields: Any) -> dict[str, Any]:
    """A segment as the server sends it, `minute` into an imagined call."""
    at = int(minute * MINUTE)
    return {
        "stream": "s",
        "position": position,
        "participant": {"id": who, "name": "", "label": who},
        "text": f"Words {position}.",
        "offset": str(at * TICKS_PER_MILLISECOND),
        "duration": "10000000",
        "locale": "en-US",
        "subscription": None,
        "received_at": f"2026-01-01T{at // 3_600_000:02d}:{at // MINUTE % 60:02d}:{at // 1000 % 60:02d}.{at % 1000:03d}Z",
        "late": False,
        "stored": True,
        **fields,
    }
