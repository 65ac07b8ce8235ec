"""What a person sees on a call's page, for tests to compare."""

from typing import Final

from playwright.async_api import Page

LINES: Final = "els => els.map(e => e.textContent.trim())"
"""The texts of elements, for `evaluate_all`."""
TOP: Final = "e => e.getBoundingClientRect().top"
"""Where an element stands, for `evaluate`; in pixels from the top of the window."""


async def shown(page: Page) -> list[str]:
    """The settled captions, from top to bottom."""
    lines: list[str] = await page.locator("#transcript .segment").evaluate_all(LINES)
    return lines
