"""A running demo and a Chromium that looks at its phone page. With BACKLINE_SCREENSHOTS=1 the pictures of the
README are taken on the way."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from hotline.demo import Demo, running_demo
from tests.browser.hand import Hand

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PICTURES = Path(__file__).resolve().parents[2] / "docs" / "screenshots"


def pytest_configure(config: pytest.Config) -> None:
    """Registers the mark that asks for another screen."""
    config.addinivalue_line(
        "markers", "screen(width=, height=, dark=): the screen that the page is looked at on"
    )


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """The whole demo: Redis, web, worker, clock, carrier and phone, as processes on free ports."""
    with running_demo() as running:
        yield running


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def hand(demo: Demo, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Hand]:
    """A hand on the page, as somebody who has never called. Mark `screen(width=, height=, dark=)` for
    another screen.

    Whatever the browser complains about in the test fails it: a refused style, a missing file, a script's
    error."""
    mark = request.node.get_closest_marker("screen")
    asked = mark.kwargs if mark else {}
    context = browser.new_context(
        viewport={"width": asked.get("width", 1280), "height": asked.get("height", 900)},
        color_scheme="dark" if asked.get("dark") else "light",
    )
    page, complaints = context.new_page(), list[str]()
    page.on(
        "console", lambda told: complaints.append(told.text) if told.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda told: complaints.append(str(told)))
    page.goto(f"{demo.phone_url}/phone/page/new")
    assert re.search(r"\?as=new\d\d$", page.url)
    pictures = PICTURES if os.environ.get("BACKLINE_SCREENSHOTS") == "1" else None
    yield Hand(page, demo.phone_url, complaints, pictures)
    context.close()
    assert complaints == []
