"""The demo as a visitor meets it: the phone page in Chromium, with the real line, worker and clock behind
it."""

import pytest
from playwright.sync_api import expect

from tests.browser.hand import ANSWER_WITHIN_MS, Hand

pytestmark = pytest.mark.browser

SELF_CARE = ("BACK", "no", "no", "no", "1", "1", "1", "0", "40", "4", "1")
STOPS = 60  # more than the page has places for the focus


def test_lost_bladder_control_by_text_is_an_emergency_shown_with_its_rule_and_source(
    hand: Hand,
) -> None:
    """Three answers by SMS; the page shows what the line told and why."""
    assert "Chest pain or tightness" in hand.text("BACK")
    hand.text("no")
    hand.text("no")
    assert "ER now" in hand.text("yes, I leak pee")
    expect(hand.level).to_have_text("Emergency now")
    rules = hand.page.locator("#known .rules")
    expect(rules).to_contain_text("Saddle yes")
    expect(rules).to_contain_text("GIRFT")
    expect(hand.page.locator("#known .tasks")).to_contain_text("Told to get emergency help")
    expect(hand.page.locator("#texted")).to_contain_text("ER now")
    hand.meets_axe()
    hand.picture("emergency")


def test_a_sign_told_beside_the_question_is_raised_and_the_words_that_led_to_it_are_shown(hand: Hand) -> None:
    """At the first question somebody tells of a numb groin: the page names the words."""
    hand.text("BACK")
    hand.text("no but my groin is numb")
    heard = hand.page.get_by_role("region", name="Last heard")
    expect(heard.locator("mark", has_text="numb").first).to_be_visible(timeout=ANSWER_WITHIN_MS)
    expect(heard.locator(".sign", has_text="numb groin")).to_be_visible()


def test_self_care_by_keypad_is_heard_and_shown(hand: Hand) -> None:
    """A call that says nothing at the greeting and answers every question with the safe key."""
    hand.pick_up()
    expect(hand.said).to_contain_text("I am a computer, not a doctor")
    hand.meets_axe()
    hand.page.get_by_role("button", name="Say nothing").click()
    expect(hand.said).to_contain_text("Chest pain or tightness", timeout=ANSWER_WITHIN_MS)
    for keys in ("2", "2", "2", "1", "1", "1", "0#", "0#", "40#", "4#"):
        hand.press(keys)
    expect(hand.said).to_contain_text("How long has this bout hurt")
    hand.picture("keypad")
    hand.press("1")
    expect(hand.level).to_have_text("Self-care", timeout=ANSWER_WITHIN_MS)
    expect(hand.page.locator("#known .answers")).to_contain_text("40")
    hand.page.get_by_role("button", name="Hang up").click()
    expect(hand.page.locator("[data-call=ended]")).to_be_attached()
    hand.meets_axe()


def test_a_call_that_drops_after_the_legs_goes_on_where_it_stopped(hand: Hand) -> None:
    """The line goes bad once the legs are answered; the next call offers to go on, and ends in self-care."""
    page = hand.page
    hand.pick_up()
    page.get_by_role("button", name="Say nothing").click()
    expect(hand.said).to_contain_text("Chest pain or tightness", timeout=ANSWER_WITHIN_MS)
    for keys in ("2", "2", "2", "1"):
        hand.press(keys)
    expect(hand.open_question).to_contain_text("Injury", timeout=ANSWER_WITHIN_MS)
    hand.picture("call")
    page.get_by_role("button", name="Bad line (drop)").click()
    expect(hand.said).to_contain_text("The call was cut off.", timeout=ANSWER_WITHIN_MS)
    hand.meets_axe()
    hand.pick_up()
    expect(hand.said).to_contain_text("To go on, press 1")
    hand.press("1")
    expect(hand.open_question).to_contain_text("Injury")
    for keys in ("1", "1", "0#", "0#", "40#", "4#", "1"):
        hand.press(keys)
    expect(hand.level).to_have_text("Self-care", timeout=ANSWER_WITHIN_MS)
    page.get_by_role("button", name="Hang up").click()
    expect(page.locator("[data-call=ended]")).to_be_attached()


def test_key_zero_rings_the_nurses_on_duty_and_the_second_takes_the_call(hand: Hand) -> None:
    """The first nurse does not answer, the second hears that a caller waits and presses 1."""
    page, nurse = hand.page, hand.page.locator("#nurse-phone")
    hand.pick_up()
    hand.press("1")
    expect(hand.said).to_contain_text("Chest pain or tightness", timeout=ANSWER_WITHIN_MS)
    hand.press("0")
    expect(hand.said).to_contain_text("I will try a nurse now", timeout=ANSWER_WITHIN_MS)
    nurse.get_by_role("button", name="Nobody answers").click()
    expect(hand.said).to_contain_text("I will try the next nurse", timeout=ANSWER_WITHIN_MS)
    nurse.get_by_role("button", name="Nurse picks up").click()
    expect(nurse).to_contain_text("To take the call, press 1", timeout=ANSWER_WITHIN_MS)
    hand.picture("nurse")
    nurse.get_by_role("button", name="Nurse presses 1").click()
    expect(nurse).to_contain_text("The nurse and the caller talk.", timeout=ANSWER_WITHIN_MS)
    hand.meets_axe()
    nurse.get_by_role("button", name="End the talk").click()
    expect(page.locator("[data-call=ended]")).to_be_attached(timeout=ANSWER_WITHIN_MS)
    expect(page.locator("#call")).to_contain_text("Goodbye")


def test_a_phone_that_is_held_away_keys_nothing_until_it_is_back(hand: Hand) -> None:
    """The keypad is off by mouse and by keyboard, the timer ticks on, and hanging up still works."""
    page, hold = hand.page, hand.page.locator("#hold")
    expect(hold).to_have_attribute("aria-disabled", "true")
    hand.pick_up()
    hold.click()
    expect(hold).to_have_attribute("aria-pressed", "true")
    had, shown = page.locator("#call li").count(), page.locator("[data-timer]").inner_text()
    page.keyboard.press("9")
    page.locator(".keys").get_by_role("button", name="9", exact=True).click(force=True)
    expect(page.locator("[data-timer]")).not_to_have_text(shown)
    assert page.locator("#call li").count() == had
    hand.meets_axe()
    hold.click()
    page.keyboard.press("9")
    expect(page.locator("#call kbd").last).to_have_text("9", timeout=ANSWER_WITHIN_MS)
    hold.click()
    page.get_by_role("button", name="Hang up").click()
    expect(page.locator("[data-call=ended]")).to_be_attached(timeout=ANSWER_WITHIN_MS)
    expect(hold).to_have_attribute("aria-pressed", "false")


def test_an_answer_can_be_spoken_by_typing_what_is_said(hand: Hand) -> None:
    """Digits in the words are words, not keys; at the greeting, which takes keys only, none are taken."""
    words = hand.page.get_by_role("textbox", name="Words you say")
    hand.pick_up()
    expect(words).to_have_attribute("aria-disabled", "true")
    hand.page.get_by_role("button", name="Say nothing").click()
    expect(words).to_have_attribute("aria-disabled", "false", timeout=ANSWER_WITHIN_MS)
    words.press_sequentially("no, not since 9")
    expect(words).to_have_value("no, not since 9")
    words.fill("no")
    words.press("Enter")
    expect(hand.page.locator("#call .is-speech")).to_contain_text("“no”", timeout=ANSWER_WITHIN_MS)
    expect(hand.page.locator("#call kbd")).to_have_count(0)
    expect(words).to_have_value("")


def test_whoever_joins_gets_the_check_in_a_day_later_and_answers_it(hand: Hand) -> None:
    """JOIN, a day on the page's own clock, the check-in through the worker, and the reply to it."""
    while not 11 <= hand.hour() <= 17:
        hand.move("1 hour")
    for words in SELF_CARE:
        hand.text(words)
    expect(hand.level).to_have_text("Self-care", timeout=ANSWER_WITHIN_MS)
    hand.text("JOIN")
    follow_up = hand.page.get_by_role("region", name="Follow-up")
    expect(follow_up).to_contain_text("check-in of day 1", timeout=ANSWER_WITHIN_MS)
    had = hand.replies.count()
    hand.move("1 day")
    assert "1 better" in hand.reply(had)
    expect(follow_up).to_contain_text("Waits for the reply to the check-in of day 1")
    hand.meets_axe()
    hand.picture("follow-up")
    hand.text("1")
    expect(follow_up).not_to_contain_text("Waits for the reply", timeout=ANSWER_WITHIN_MS)


def test_text_and_call_work_without_a_mouse_and_the_focus_is_always_seen(hand: Hand) -> None:
    """Tab, Enter, arrow keys and typed digits are enough."""
    keyboard = hand.page.keyboard
    _tab_to(hand, "body")
    keyboard.type("BACK")
    keyboard.press("Enter")
    assert "YES, NO or NOT SURE" in hand.reply(0)
    expect(hand.page.locator("#body")).to_be_focused()
    _tab_to(hand, "tab-texts", back=True)
    keyboard.press("ArrowRight")
    expect(hand.page.locator("#tab-dial")).to_be_focused()
    _tab_to(hand, "call-button")
    keyboard.press("Enter")
    expect(hand.page.locator("[data-call=listening]")).to_be_attached(timeout=ANSWER_WITHIN_MS)
    keyboard.press("9")
    expect(hand.page.locator("#call kbd").last).to_have_text("9", timeout=ANSWER_WITHIN_MS)
    expect(hand.page.locator("#call-button")).to_be_focused()


def test_the_newest_text_stays_in_the_field_when_the_phone_cannot_send_it(hand: Hand) -> None:
    """Nothing typed is lost: an unreachable phone says so and gives the words back."""
    hand.page.fill("#body", "BACK")
    hand.page.context.set_offline(True)
    hand.page.press("#body", "Enter")
    expect(hand.page.locator("#notice")).to_contain_text("does not answer")
    expect(hand.page.locator("#body")).to_have_value("BACK")
    hand.page.context.set_offline(False)
    expect(hand.page.locator("#notice")).to_be_empty(timeout=ANSWER_WITHIN_MS)
    hand.complaints.clear()  # being offline was meant


@pytest.mark.screen(width=360, height=740)
def test_on_a_narrow_phone_nothing_is_cut_off(hand: Hand) -> None:
    """360 pixels: no sideways scrolling with texts, in a call, or with everything known beside it."""
    for words in ("BACK", "no", "not sure"):
        hand.text(words)
    _fits(hand)
    hand.meets_axe()
    hand.picture("narrow")
    hand.pick_up()
    _fits(hand)
    hand.meets_axe()


@pytest.mark.screen(dark=True)
def test_in_the_dark_it_can_be_read_as_well(hand: Hand) -> None:
    """Axe measures the contrast of the dark colours: thread, levels, a call."""
    hand.meets_axe()
    for words in ("BACK", "no", "no", "no", "3", "1"):
        hand.text(words)
    expect(hand.level).to_have_text("Urgent today", timeout=ANSWER_WITHIN_MS)
    hand.meets_axe()
    hand.picture("dark")
    hand.pick_up()
    hand.meets_axe()


def _tab_to(hand: Hand, wanted: str, back: bool = False) -> None:
    """Moves the focus by Tab until it is there; every stop on the way shows where the focus is."""
    for _ in range(STOPS):
        hand.page.keyboard.press("Shift+Tab" if back else "Tab")
        id, width = hand.page.evaluate(
            "() => [document.activeElement.id, getComputedStyle(document.activeElement).outlineWidth]"
        )
        if hand.page.evaluate("document.activeElement !== document.body"):
            assert width != "0px", f"no focus is seen on {id}"
        if id == wanted:
            return
    raise AssertionError(f"Tab never comes to {wanted}")


def _fits(hand: Hand) -> None:
    width = hand.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360
    for button in hand.page.locator("button:visible").all():
        box = button.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 360 and box["height"] >= 24
