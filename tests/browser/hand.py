"""What a person does with the page: text, dial, press, move the clock, look. Waits for the page; for a
time only where
the line itself looks at the clock that seldom."""

from dataclasses import dataclass
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

ANSWER_WITHIN_MS = 15_000
READS_IN_S = 5
CLOCK_SEEN_MS = 250
"""The line's processes see a move of the clock within 0.2 s (hotline/store/clock.py)."""
HEARS_IN_S = 45
"""Longer than any prompt takes to say: a key that comes before its end would be an early one."""


@dataclass
class Hand:
    """A hand on the page. complaints: what the browser did not like. pictures: the folder for the README's
    pictures, None where none are wanted."""

    page: Page
    url: str
    complaints: list[str]
    pictures: Path | None = None

    @property
    def replies(self) -> Locator:
        """The texts that came from the line."""
        return self.page.locator("#thread li.out p")

    @property
    def level(self) -> Locator:
        """The level that the line shows beside the phone."""
        return self.page.locator("#known .level .big")

    @property
    def open_question(self) -> Locator:
        """The question that stands open, as the page shows it beside the phone."""
        return self.page.locator("#known .open-question")

    @property
    def said(self) -> Locator:
        """What the line says on the phone now."""
        return self.page.locator("#spoken")

    def pause(self, seconds: float) -> None:
        """Time passes, on the demo's own clock."""
        told = self.page.request.post(f"{self.url}/phone/api/clock", data={"seconds": seconds})
        assert told.ok, told.text()
        self.page.wait_for_timeout(CLOCK_SEEN_MS)

    def text(self, words: str) -> str:
        """Texts the line; its first new answer."""
        had = self.replies.count()
        self.pause(READS_IN_S)
        self.page.fill("#body", words)
        self.page.press("#body", "Enter")
        return self.reply(had)

    def reply(self, had: int) -> str:
        """The first text beyond the `had` there were."""
        expect(self.replies.nth(had)).to_be_visible(timeout=ANSWER_WITHIN_MS)
        return self.replies.nth(had).inner_text()

    def pick_up(self) -> None:
        """Turns to the keypad and calls."""
        self.page.get_by_role("tab", name="Phone").click()
        self.page.get_by_role("button", name="Call", exact=True).click()
        expect(self.page.locator("[data-call=listening]")).to_be_attached(timeout=ANSWER_WITHIN_MS)

    def press(self, keys: str) -> None:
        """Keys on the pad, once what is being said has been heard; returns when the line has answered."""
        self.pause(HEARS_IN_S)
        for key in keys:
            had = self.page.locator("#call li").count()
            names = {"*": "star", "#": "pound"}
            self.page.locator(".keys").get_by_role("button", name=names.get(key, key), exact=True).click()
            expect(self.page.locator("#call li").nth(had)).to_be_attached(timeout=ANSWER_WITHIN_MS)

    def move(self, name: str) -> None:
        """Moves the clock on with the page's own button; returns when the page shows the new time."""
        shown = self.page.locator("#clock time").get_attribute("datetime")
        self.page.get_by_role("button", name=f"Move on {name}").click()
        expect(self.page.locator("#clock time")).not_to_have_attribute("datetime", shown or "")

    def hour(self) -> int:
        """The hour where the person lives, as the page shows it."""
        return int(self.page.locator("#clock time").inner_text().rpartition(", ")[2].partition(":")[0])

    def meets_axe(self) -> None:
        """Axe finds nothing to complain about."""
        found = Axe().run(self.page).response["violations"]
        told = [
            f"{one['id']}: {node['failureSummary']} {node['html']}" for one in found for node in one["nodes"]
        ]
        assert not told, "\n".join(told)

    def picture(self, name: str, full: bool = False) -> None:
        """Takes a picture for the README, where pictures are wanted."""
        if self.pictures is not None:
            self.pictures.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=self.pictures / f"{name}.png", full_page=full, caret="initial")
            # Playwright takes its pictures with a style of its own, which our policy refuses.
            self.complaints[:] = [told for told in self.complaints if "inline style" not in told]
