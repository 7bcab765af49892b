"""A nurse's phone on the page, in Chromium, with a small line that dials her at once."""

from collections.abc import Iterator

import pytest
from flask import Flask, Response, request
from playwright.sync_api import Browser, expect

from hotline.phone.app import create_phone
from hotline.phone.carrier import Carrier
from hotline.phone.clock import OwnClock
from tests.browser.hand import Hand
from tests.hotline.phone.lines import ACCOUNT, served

pytestmark = pytest.mark.browser

WHISPER = '<Gather numDigits="1" action="/voice/w"><Say>A caller. Press 1.</Say></Gather><Hangup/>'
ANSWERS = {
    "voice": '<Say>I try a nurse.</Say><Dial action="/voice/1">'
    '<Number url="/voice/w">+12025550142</Number></Dial>',
    "voice/1": '<Gather action="/voice/1"><Say>Welcome back.</Say></Gather>',
}


@pytest.fixture
def transfer(browser: Browser) -> Iterator[Hand]:
    """A hand on the page of a phone whose line dials a nurse at once."""
    app, clock = Flask("line"), OwnClock()

    @app.post("/<path:path>")
    def answer(path: str) -> Response:
        whisper = "" if "Digits" in request.form else WHISPER
        verbs = whisper if path == "voice/w" else ANSWERS.get(path, "")
        return Response(f"<Response>{verbs}</Response>", content_type="text/xml")

    with served(app) as line_url:
        carrier = Carrier(ACCOUNT, line_url, now=clock.now)
        with served(create_phone(carrier, None, clock)) as url:
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            page, complaints = context.new_page(), list[str]()
            page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
            page.goto(url)
            yield Hand(page, url, complaints)
            context.close()
        carrier.settle()
    assert complaints == []


def test_a_nurse_takes_a_call_on_her_own_phone_beside_the_callers(transfer: Hand) -> None:
    """Her phone is there while it rings and while they talk; only what is possible can be pressed."""
    page, hers = transfer.page, transfer.page.locator("#nurse-phone")
    expect(hers).to_be_hidden()
    page.get_by_role("tab", name="Phone").click()
    page.get_by_role("button", name="Call", exact=True).click()
    expect(hers).to_contain_text("+12025550142 rings")
    expect(transfer.said).to_contain_text("It rings.")
    expect(hers.get_by_role("button", name="End the talk")).to_have_attribute("aria-disabled", "true")
    transfer.meets_axe()
    hers.get_by_role("button", name="Nurse picks up").press("Enter")
    expect(hers).to_contain_text("A caller. Press 1.")
    expect(transfer.said).not_to_contain_text("A caller.")
    transfer.meets_axe()
    hers.get_by_role("button", name="Nurse presses 1").press("Enter")
    expect(hers).to_contain_text("talk")
    transfer.meets_axe()
    hers.get_by_role("button", name="End the talk").press("Enter")
    expect(transfer.said).to_contain_text("Welcome back.")
    expect(hers).to_be_hidden()
    expect(transfer.said).to_be_focused()


def test_a_caller_hangs_up_while_the_nurses_phone_rings(transfer: Hand) -> None:
    """Both phones are quiet then, and the next call may begin."""
    page = transfer.page
    page.get_by_role("tab", name="Phone").click()
    page.get_by_role("button", name="Call", exact=True).click()
    expect(page.locator("#nurse-phone")).to_be_visible()
    page.get_by_role("button", name="Hang up", exact=True).click()
    expect(page.locator("#nurse-phone")).to_be_hidden()
    expect(transfer.said).to_contain_text("You hung up.")
    expect(page.locator("#call-button")).to_have_attribute("aria-disabled", "false")
