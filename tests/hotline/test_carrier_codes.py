"""Every error code of the carrier contract has its type and its action, and what is done is seen."""

from collections.abc import Iterator

import pytest

from hotline import closing
from hotline.carrier_codes import ACTIONS, CODES, Action, meaning_of
from hotline.errors import AccountRefused, OptedOut, OutboundError, TryLater, Undeliverable, Unknown
from hotline.line import Line, open_line
from hotline.store import row_id
from tests.hotline.edges import settings_for
from tests.hotline.test_closing import SID, contact_of, enrolled_with_a_text, reasons, state

AT_SEND = {
    21610: (OptedOut, Action.opt_out),
    21211: (Undeliverable, Action.close),
    21614: (Undeliverable, Action.close),
    21635: (Undeliverable, Action.close),
    21408: (Undeliverable, Action.close),
    20429: (TryLater, Action.retry),
    20003: (AccountRefused, Action.halt),
}
"""What TELEPHONY §4 names as answers to handing a text over."""
HTTP = {
    429: (TryLater, Action.retry),
    500: (Unknown, Action.reconcile),
    503: (Unknown, Action.reconcile),
    401: (AccountRefused, Action.halt),
    403: (AccountRefused, Action.halt),
}
"""The statuses that it names without a code."""
AFTERWARDS = {
    30003: (TryLater, Action.lost),
    30005: (Undeliverable, Action.close),
    30006: (Undeliverable, Action.close),
    30007: (TryLater, Action.lost),
    30008: (Unknown, Action.lost),
}
"""The delivery codes that it names."""


@pytest.fixture
def line(clean_redis: str) -> Iterator[Line]:
    own = open_line(settings_for(clean_redis))
    yield own
    own.store.close()


def test_every_code_of_the_carrier_contract_is_in_the_table() -> None:
    assert set(AT_SEND) | set(AFTERWARDS) <= set(CODES)
    assert set(CODES.values()) == set(ACTIONS)


@pytest.mark.parametrize(("code", "expected"), AT_SEND.items())
def test_each_code_of_a_refusal_has_its_type_and_its_action(
    code: int, expected: tuple[type[OutboundError], Action]
) -> None:
    meaning = meaning_of(code, 400)
    assert (meaning, ACTIONS[meaning].at_send) == expected


@pytest.mark.parametrize(("status", "expected"), HTTP.items())
def test_each_status_without_a_code_has_its_type_and_its_action(
    status: int, expected: tuple[type[OutboundError], Action]
) -> None:
    meaning = meaning_of(0, status)
    assert (meaning, ACTIONS[meaning].at_send) == expected


@pytest.mark.parametrize(("code", "expected"), AFTERWARDS.items())
def test_each_delivery_code_has_its_type_and_its_action(
    code: int, expected: tuple[type[OutboundError], Action]
) -> None:
    meaning = meaning_of(code)
    assert (meaning, ACTIONS[meaning].afterwards) == expected


SEEN: dict[Action, tuple[bool, bool, list[str]]] = {
    # enrolled still, opted out, what staff owe
    Action.close: (False, False, ["undeliverable"]),
    Action.opt_out: (False, True, []),
    Action.lost: (True, False, []),
    Action.halt: (True, False, []),
}


@pytest.mark.parametrize("code", sorted(CODES))
def test_what_a_code_asks_for_is_done_when_a_reminder_is_lost(line: Line, code: int) -> None:
    id, action = enrolled_with_a_text(line), ACTIONS[CODES[code]].afterwards
    closing.settle(line, id, SID, "undelivered", str(code), line.now())
    found = state(line)
    assert (bool(found.enrolment), found.opted_out, reasons(line)) == SEEN[action]
    assert bool(line.store.signs.halted(line.now())) is (action is Action.halt)


@pytest.mark.parametrize("purpose", ["urgent", "ending", "dropped"])
@pytest.mark.parametrize(
    ("status", "code", "owed"),
    [
        ("undelivered", "30003", ["urgent_undelivered"]),
        ("failed", "", ["urgent_undelivered"]),
        ("undelivered", "30006", ["undeliverable", "urgent_undelivered"]),
        ("failed", "21610", ["blocked_after_stop"]),
        ("delivered", "", []),
    ],
)
def test_words_that_somebody_may_need_and_that_did_not_arrive_are_a_task_for_staff(
    line: Line, purpose: str, status: str, code: str, owed: list[str]
) -> None:
    id = enrolled_with_a_text(line, purpose)
    for _ in range(2):
        closing.settle(line, id, SID, status, code, line.now())
    assert sorted(reasons(line)) == owed
    levels = {task.reason: task.level for task in line.store.tasks.list("open")}
    assert all(levels[reason] == "urgent_today" for reason in owed if reason != "undeliverable")


def test_an_advice_by_text_that_the_carrier_blocks_after_stop_is_a_task_too(line: Line) -> None:
    id = enrolled_with_a_text(line, "asked")
    closing.settle(line, id, SID, "failed", "21610", line.now())
    assert reasons(line) == ["blocked_after_stop"] and state(line).opted_out


def test_what_follows_is_not_lost_where_redis_fails_between_noting_and_acting(line: Line) -> None:
    """The callback was noted together with what it owes; nobody acted. The ring brings the row back."""
    id, now = enrolled_with_a_text(line, "ending"), line.now()
    assert line.store.outbox.callback(id, SID, "failed", "30006", now, "unreachable+unread")
    assert reasons(line) == []
    closing.act(line, id, now)
    closing.act(line, id, now)
    assert sorted(reasons(line)) == ["undeliverable", "urgent_undelivered"]


def test_a_status_of_an_unknown_row_is_nobodys(line: Line) -> None:
    for id in (row_id(contact_of(line), "reminder", "x", "y"), "../../etc"):
        closing.settle(line, id, SID, "failed", "21610", line.now())
    assert not state(line).opted_out
