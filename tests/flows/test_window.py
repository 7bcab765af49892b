"""The hours of sending, held against a look at every minute: over midnight, days of rest, clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.window import Window, closing, opening

NY = (ZoneInfo("America/New_York"),)
MINUTE = timedelta(minutes=1)
ZONES = st.lists(
    st.sampled_from(["America/New_York", "America/Phoenix", "Pacific/Honolulu", "Australia/Lord_Howe"]),
    min_size=1, max_size=2, unique=True,
)  # fmt: skip
QUARTERS = st.integers(0, 95).map(lambda told: time(told // 4, told % 4 * 15))
DAYS = st.sampled_from(["2027-03-13", "2027-11-06", "2028-02-28", "2026-12-31", "2027-04-03", "2027-10-02"])


def naively_open(at: datetime, zones: list[ZoneInfo], window: Window) -> bool:
    """By the plainest reading: the hour on everybody's wall, and the date on everybody's calendar."""
    for zone in zones:
        local = at.astimezone(zone)
        wall, day = local.hour * 60 + local.minute, local.date()
        opens = window.opens.hour * 60 + window.opens.minute
        closes = window.closes.hour * 60 + window.closes.minute
        inside = opens <= wall < closes if opens < closes else not closes <= wall < opens
        if not inside or day in window.rests:
            return False
    return True


@settings(deadline=None, max_examples=120)
@given(
    zones=ZONES, opens=QUARTERS, closes=QUARTERS, day=DAYS, minute=st.integers(0, 1439),
    rest=st.integers(-1, 2),
)  # fmt: skip
def test_the_first_open_minute_is_that_of_the_wall_clocks(
    zones: list[str], opens: time, closes: time, day: str, minute: int, rest: int
) -> None:
    if opens == closes:
        return
    where, at = [ZoneInfo(name) for name in zones], datetime.fromisoformat(day).replace(tzinfo=UTC)
    at += minute * MINUTE
    window = Window(opens, closes, frozenset({date.fromisoformat(day) + timedelta(days=rest)}))
    every = (at + later * MINUTE for later in range(3 * 1440))
    first = next((one for one in every if naively_open(one, where, window)), None)
    found = opening(at, where, window)
    assert found == first or (first is None and (found is None or found >= at + timedelta(days=2)))


@settings(deadline=None, max_examples=120)
@given(zones=ZONES, opens=QUARTERS, closes=QUARTERS, day=DAYS, minute=st.integers(0, 1439))
def test_a_text_is_never_valid_beyond_the_end_of_the_window(
    zones: list[str], opens: time, closes: time, day: str, minute: int
) -> None:
    """Hours that begin or end in the hour that comes twice or never are left out."""
    if opens == closes or {opens.hour, closes.hour} & {0, 1, 2, 3}:
        return
    where, window = [ZoneInfo(name) for name in zones], Window(opens, closes)
    at = opening(datetime.fromisoformat(day).replace(tzinfo=UTC) + minute * MINUTE, where, window)
    if at is None:
        return
    until = closing(at, where, window)
    assert until > at
    between = (at + later * MINUTE for later in range(int((until - at) / MINUTE)))
    assert all(naively_open(one, where, window) for one in between)
    assert not naively_open(until, where, window)


def test_hours_over_midnight_are_open_on_both_sides_of_it() -> None:
    window = Window(time(20), time(2))
    late, small = datetime(2027, 6, 1, 3, tzinfo=UTC), datetime(2027, 6, 1, 5, tzinfo=UTC)  # 23:00, 1:00
    assert window.is_open(late, NY) and window.is_open(small, NY)
    assert not window.is_open(datetime(2027, 6, 1, 16, tzinfo=UTC), NY)
    assert closing(late, NY, window) == datetime(2027, 6, 1, 6, tzinfo=UTC)


def test_a_night_before_a_day_of_rest_ends_at_midnight() -> None:
    window = Window(time(20), time(2), frozenset({date(2027, 6, 1)}))
    late = datetime(2027, 6, 1, 3, tzinfo=UTC)
    assert closing(late, NY, window) == datetime(2027, 6, 1, 4, tzinfo=UTC)


def test_hours_without_any_time_between_them_are_refused() -> None:
    with pytest.raises(ValueError, match="never open"):
        Window(time(9), time(9))
