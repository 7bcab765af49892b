"""The texts of a week count for a person, not for an enrolment: also for who stops and joins again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.enrolment import Enrolment
from flows.load import load
from flows.programme import Action, counting, next_due, sent, week
from flows.protocol import Level, Programme, Protocol
from flows.window import Window
from hotline.settings import PROTOCOL_FOLDER

NY = (ZoneInfo("America/New_York"),)
HOURS = Window(time(9), time(20))
FIRST = datetime(2026, 10, 26, 18, 30, tzinfo=UTC)  # the clocks change on the Sunday after


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return load(PROTOCOL_FOLDER)


def joining(at: datetime, before: str = "") -> Enrolment:
    return counting(Enrolment("en", "e", int(at.timestamp()), 3, Level.self_care), before, NY)


def texts(programme: Programme, enrolment: Enrolment, until: datetime) -> Iterator[tuple[date, Enrolment]]:
    """The local day of each text that leaves before that time, and the enrolment after it."""
    now = datetime.fromtimestamp(enrolment.joined_at, UTC)
    while (due := next_due(programme, enrolment, now, NY, HOURS)) is not None and due.at < until:
        now = due.at
        if due.action is Action.end:
            continue
        after = sent(programme, enrolment, due, now)
        enrolment = after or replace(enrolment, texted=enrolment.texted | 1 << due.day)
        yield now.astimezone(NY[0]).date(), enrolment
        if after is None:
            return


@pytest.mark.parametrize("cap", [1, 2, 3, 5])
@settings(max_examples=40, deadline=None)
@given(stays=st.lists(st.integers(4, 200), min_size=2, max_size=5), rests=st.integers(0, 30))
def test_however_often_somebody_stops_and_joins_no_seven_days_hold_more_than_the_cap(
    protocol: Protocol, cap: int, stays: list[int], rests: int
) -> None:
    """stays: so many hours until each STOP; rests: so many until they join again."""
    programme = replace(protocol.programme, weekly_cap=cap)
    at, kept, days = FIRST, "", list[date]()
    for stay in stays:
        enrolment, until = joining(at, kept), at + timedelta(hours=stay)
        for day, after in texts(programme, enrolment, until):
            days.append(day)
            enrolment = after
        kept = week(Enrolment.decode(enrolment.encode()), NY) or kept
        at = until + timedelta(hours=rests)
    assert all(sum(first <= day < first + timedelta(days=7) for day in days) <= cap for first in days), days


def test_without_a_week_before_an_enrolment_is_no_longer_than_it_was() -> None:
    """A million enrolments cost what they did; only who joins again within a week has some more."""
    fresh = joining(FIRST)
    assert fresh.before == 0 and fresh.encode() == joining(FIRST, "").encode()
    two = joining(FIRST + timedelta(days=3), week(replace(fresh, texted=0b110), NY))
    assert two.before == 0b11 and len(two.encode()) - len(fresh.encode()) < 14


def test_a_text_of_the_joining_day_and_of_a_week_ago_is_counted_as_that() -> None:
    told = week(replace(joining(FIRST), texted=1 << 1), NY)
    assert joining(FIRST + timedelta(days=1), told).texted == 1
    assert joining(FIRST + timedelta(days=7), told).before == 1 << 5
    assert joining(FIRST + timedelta(days=8), told).before == 0


@pytest.mark.parametrize("unread", ["", ":", "x:y", "12", "12:", "-1:1"])
def test_a_week_that_cannot_be_read_changes_nothing(unread: str) -> None:
    assert joining(FIRST, unread) == joining(FIRST)
