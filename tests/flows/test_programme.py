"""The follow-up programme: what leaves when, what is left out, and what a reply changes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.enrolment import BadEnrolment, Enrolment
from flows.load import load
from flows.programme import (
    Action,
    Due,
    Meaning,
    after_encounter,
    checkin_of,
    enrol,
    next_due,
    next_look,
    over_week,
    reply,
    sent,
)
from flows.protocol import NO, UNKNOWN, Level, Protocol
from flows.window import Window, opening
from hotline.settings import PROTOCOL_FOLDER

NY = (ZoneInfo("America/New_York"),)
HOURS = Window(time(9), time(20))
JOINED = datetime(2026, 6, 1, 18, 30, tzinfo=UTC)  # a Monday, 14:30 in New York
ANSWERS = {
    "limbs": 1 << 1,
    "injury": 1 << 1,
    "fever": 1 << 1,
    "risks": 1,
    "age": 40,
    "pain": 3,
    "time": 1 << 1,
}


@pytest.fixture(scope="session")
def protocol() -> Protocol:
    return load(PROTOCOL_FOLDER)


def answers_of(protocol: Protocol, **told: int) -> tuple[int, ...]:
    return tuple((ANSWERS | told).get(question.id, NO) for question in protocol.questions)


def joined(protocol: Protocol, /, **told: int) -> Enrolment:
    level = Level(told.pop("level", 0))
    return enrol(protocol, answers_of(protocol, **told), level, "en", "e", JOINED)


def local(at: datetime, zone: ZoneInfo = NY[0]) -> str:
    return at.astimezone(zone).strftime("%m-%d %H:%M")


def play(
    protocol: Protocol,
    enrolment: Enrolment | None,
    replies: dict[str, Meaning] | None = None,
    zones: Sequence[ZoneInfo] = NY,
) -> list[Due]:
    """The whole programme, the clock looking whenever it said it would;

    replies by step, an hour after the text."""
    programme, now = protocol.programme, JOINED
    sent_ones: list[Due] = []
    while enrolment is not None and len(sent_ones) < 40:
        due = next_due(programme, enrolment, now, zones, HOURS)
        if due is None:
            break
        now = due.at
        if due.action is Action.end:
            continue
        sent_ones.append(due)
        enrolment = sent(programme, enrolment, due, now)
        if enrolment is not None and due.asks and replies is not None:
            meaning = replies.get(due.step, replies.get("all"))
            if meaning is not None:
                now += timedelta(hours=1)
                enrolment = reply(programme, enrolment, meaning, now)
    return sent_ones


def steps(dues: list[Due]) -> list[str]:
    return [due.step for due in dues]


def test_somebody_who_gets_better_receives_twelve_texts_in_fourteen_days(protocol: Protocol) -> None:
    dues = play(protocol, joined(protocol), {"all": Meaning.better})
    assert [(due.text, local(due.at)) for due in dues] == [
        ("checkin", "06-02 10:00"), ("tip_nsaid", "06-03 12:30"), ("checkin", "06-04 10:00"),
        ("tip_heat", "06-05 12:30"), ("tip_move", "06-06 12:30"), ("tip_stretch", "06-07 16:00"),
        ("checkin7", "06-08 10:00"), ("tip_posture", "06-09 16:00"), ("tip_water", "06-11 12:30"),
        ("tip_stress", "06-13 16:00"), ("tip_prevent", "06-14 12:30"), ("checkin14", "06-15 10:00"),
    ]  # fmt: skip
    assert [due.fill["day"] for due in dues[:3]] == ["1", "2", "3"]


def test_silence_brings_one_nudge_one_more_checkin_and_the_goodbye(protocol: Protocol) -> None:
    dues = play(protocol, joined(protocol))
    assert [(due.step, local(due.at)) for due in dues] == [
        ("checkin1", "06-02 10:00"), ("nudge", "06-03 10:00"), ("checkin3", "06-04 10:00"),
        ("heat", "06-05 12:30"),
        ("move", "06-06 12:30"), ("stretch", "06-07 16:00"), ("checkin7", "06-08 10:00"),
        ("checkin8", "06-09 10:00"), ("close", "06-10 10:00"),
    ]  # fmt: skip
    assert dues[1].text == "noreply_24h" and dues[-1].text == "noreply_close"
    assert dues[-1].action is Action.send_and_end


def test_the_nudge_is_kept_for_the_first_silence(protocol: Protocol) -> None:
    dues = play(protocol, joined(protocol), {"checkin1": Meaning.same, "checkin7": Meaning.better})
    assert steps(dues)[:4] == ["checkin1", "nsaid", "checkin3", "nudge"]
    assert "heat" not in steps(dues)


def test_a_late_reply_to_the_nudge_counts_for_the_checkin(protocol: Protocol) -> None:
    enrolment = replace(
        joined(protocol), asks="checkin", asked_day=1, asked_at=int(JOINED.timestamp()), done_day=1
    )
    due = next_due(protocol.programme, enrolment, JOINED + timedelta(hours=1), NY, HOURS)
    assert due is not None and due.step == "nudge"
    nudged = sent(protocol.programme, enrolment, due, due.at)
    assert nudged is not None and nudged.nudged
    waiting = checkin_of(protocol.programme, nudged, due.at)
    assert waiting is not None and (waiting.id, waiting.day) == ("checkin", 1)


@pytest.mark.parametrize(
    ("told", "missing"),
    [
        ({"risks": 1 << 6}, {"nsaid", "stretch"}),
        ({"risks": 1 << 5}, {"nsaid"}),
        ({"risks": 1 << 4}, {"stretch"}),
        ({"limbs": 1 << 2}, {"stretch"}),
        ({"age": 15}, {"nsaid"}),
        ({"risks": UNKNOWN}, {"nsaid", "stretch"}),
        ({"age": UNKNOWN}, {"nsaid"}),
        ({}, set()),
    ],
)
def test_tips_that_may_harm_are_left_out_and_unknown_is_never_no(
    protocol: Protocol, told: dict[str, int], missing: set[str]
) -> None:
    got = steps(play(protocol, joined(protocol, **told), {"all": Meaning.better}))
    assert {"nsaid", "stretch", "heat"} - set(got) == missing


def test_whoever_was_told_to_see_a_clinician_is_asked_on_day_three_whether_they_did(
    protocol: Protocol,
) -> None:
    dues = play(protocol, joined(protocol, level=Level.clinician_soon), {"all": Meaning.better})
    assert [(due.text, due.asks) for due in dues if due.step == "checkin3"] == [("seen_ask", "seen")]
    assert [due.text for due in dues if due.step == "checkin1"] == ["checkin"]


def at_day(day: int, hour: int = 15) -> datetime:
    return datetime(2026, 6, 1 + day, hour, tzinfo=UTC)


def asked(protocol: Protocol, day: int, **told: int) -> Enrolment:
    return replace(
        joined(protocol, **told),
        asks="checkin",
        asked_day=day,
        asked_at=int(at_day(day, 14).timestamp()),
        done_day=day,
    )


@pytest.mark.parametrize(
    ("choice", "day", "over"),
    [(1, 4, False), (1, 5, True), (2, 1, True), (3, 1, True), (4, 1, True)],
)
def test_over_a_week_is_counted_from_onset_and_seven_days_are_not_over(
    protocol: Protocol, choice: int, day: int, over: bool
) -> None:
    waiting = checkin_of(protocol.programme, asked(protocol, day, time=1 << choice), at_day(day))
    assert waiting is not None and waiting.over_week is over


def test_an_onset_that_is_not_known_is_never_taken_for_a_short_one(protocol: Protocol) -> None:
    assert over_week(protocol.programme, joined(protocol, time=UNKNOWN), at_day(1))


def test_no_better_on_day_seven_not_yet_over_a_week_is_asked_again_on_day_eight(protocol: Protocol) -> None:
    early = replace(asked(protocol, 7), onset_days=0)
    waiting = checkin_of(protocol.programme, early, at_day(7))
    assert waiting is not None and waiting.day7 and not waiting.over_week
    after = reply(protocol.programme, early, Meaning.same, at_day(7))
    assert after is not None
    due = next_due(protocol.programme, after, at_day(7), NY, HOURS)
    assert due is not None and (due.step, local(due.at)) == ("checkin8", "06-09 10:00")


def test_no_better_on_day_seven_over_a_week_gets_the_next_tip(protocol: Protocol) -> None:
    after = reply(protocol.programme, asked(protocol, 7), Meaning.same, at_day(7))
    assert after is not None
    due = next_due(protocol.programme, after, at_day(7), NY, HOURS)
    assert due is not None and due.step == "posture"


@pytest.mark.parametrize("meaning", [Meaning.worse, Meaning.new_sign])
def test_worse_holds_every_text_until_the_questions_are_answered(
    protocol: Protocol, meaning: Meaning
) -> None:
    held = reply(protocol.programme, asked(protocol, 3), meaning, at_day(3))
    assert held is not None and checkin_of(protocol.programme, held, at_day(3)) is None
    due = next_due(protocol.programme, held, at_day(3), NY, HOURS)
    assert due is not None and due.action is Action.end and due.reason == "unfinished"
    freed = after_encounter(protocol, held, answers_of(protocol, limbs=1 << 2), Level.clinician_soon)
    assert freed is not None and freed.left_out == ("limbs",)
    after = next_due(protocol.programme, freed, at_day(3), NY, HOURS)
    assert after is not None and after.step == "heat"


def test_worse_and_then_silence_ends_without_the_goodbye(protocol: Protocol) -> None:
    held = reply(protocol.programme, asked(protocol, 7), Meaning.worse, at_day(7))
    assert held is not None
    assert next_due(protocol.programme, held, at_day(8, 16), NY, HOURS) is None


@pytest.mark.parametrize("level", [Level.urgent_today, Level.emergency_now])
def test_who_must_be_seen_today_gets_no_more_reminders(protocol: Protocol, level: Level) -> None:
    assert after_encounter(protocol, asked(protocol, 3), answers_of(protocol), level) is None


def test_the_last_reply_is_waited_for_and_then_the_programme_is_over(protocol: Protocol) -> None:
    last = asked(protocol, 14)
    due = next_due(protocol.programme, last, at_day(14), NY, HOURS)
    assert due is not None and due.action is Action.end and due.at > at_day(15)
    assert reply(protocol.programme, last, Meaning.better, at_day(14)) is None
    assert next_due(protocol.programme, last, at_day(17), NY, HOURS) is None


def test_after_an_outage_of_three_days_one_text_leaves_and_the_rest_is_skipped(protocol: Protocol) -> None:
    due = next_due(protocol.programme, joined(protocol), at_day(4, 20), NY, HOURS)
    assert due is not None and due.step == "heat" and due.at == at_day(4, 20)
    assert due.skipped == (("checkin1", "late"), ("nsaid", "late"), ("checkin3", "late"))
    after = sent(protocol.programme, joined(protocol), due, due.at)
    assert after is not None
    again = next_due(protocol.programme, after, due.at, NY, HOURS)
    assert again is not None and (again.step, local(again.at)) == ("move", "06-06 12:30")


def test_a_checkin_missed_in_the_evening_leaves_the_next_morning_instead_of_the_tip(
    protocol: Protocol,
) -> None:
    due = next_due(protocol.programme, joined(protocol), at_day(1, 3) + timedelta(days=1), NY, HOURS)
    assert due is not None and (due.step, due.day, local(due.at)) == ("checkin1", 2, "06-03 09:00")
    after = sent(protocol.programme, joined(protocol), due, due.at)
    assert after is not None and after.done_day == 2


def test_a_number_that_may_be_anywhere_in_the_states_is_texted_when_all_are_awake(protocol: Protocol) -> None:
    wide = (ZoneInfo("America/New_York"), ZoneInfo("Pacific/Honolulu"))
    dues = play(protocol, joined(protocol), {"all": Meaning.better}, wide)
    assert len(dues) == 12
    assert local(dues[0].at) == "06-02 15:00" and local(dues[0].at, wide[1]) == "06-02 09:00"


def test_zones_that_are_never_awake_together_get_nothing(protocol: Protocol) -> None:
    apart = (ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo"))
    assert next_due(protocol.programme, joined(protocol), JOINED, apart, Window(time(9), time(18))) is None


def test_the_clock_looks_again_on_the_next_morning_at_the_latest(protocol: Protocol) -> None:
    enrolment = replace(joined(protocol), done_day=8)
    due = next_due(protocol.programme, enrolment, JOINED, NY, HOURS)
    assert due is not None and due.step == "water"
    assert local(next_look(due, JOINED, NY, HOURS)) == "06-02 09:00"


def test_an_enrolment_takes_less_than_64_characters(protocol: Protocol) -> None:
    enrolment = replace(
        asked(protocol, 14, risks=1 << 5), nudged=True, day7="done", last_at=int(at_day(14).timestamp())
    )
    assert len(enrolment.encode()) < 64
    assert Enrolment.decode(enrolment.encode()) == enrolment


@pytest.mark.parametrize("line", ["", "x", "2|en", "1|en|e|~~|8|0", "1|en|e|abc|8|9", "1" + "|" * 30])
def test_a_broken_enrolment_is_refused_by_name(line: str) -> None:
    with pytest.raises(BadEnrolment):
        Enrolment.decode(line)


ZONES = st.lists(
    st.sampled_from(
        ["America/New_York", "America/Chicago", "America/Los_Angeles", "Pacific/Honolulu", "Europe/London",
         "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "Africa/Casablanca", "Pacific/Apia"]
    ), min_size=1, max_size=3, unique=True,
)  # fmt: skip
WINDOWS = st.tuples(st.integers(0, 86), st.integers(1, 40)).map(
    lambda told: Window(_minutes(told[0] * 15), _minutes(min(told[0] * 15 + told[1] * 15, 1439)))
)
MEANINGS = st.sampled_from([None, Meaning.better, Meaning.same, Meaning.seen, Meaning.not_seen])
# Around the changes of the clocks, the leap day and the turn of a year.
STARTS = st.sampled_from(
    [
        "2026-03-01",
        "2026-03-25",
        "2026-10-20",
        "2026-10-30",
        "2028-02-20",
        "2026-12-25",
        "2026-04-01",
        "2026-06-10",
    ]
)


def _minutes(told: int) -> time:
    return time(told // 60, told % 60)


@settings(deadline=None, max_examples=150)
@given(
    zones=ZONES, window=WINDOWS, start=STARTS, minute=st.integers(0, 4 * 1440),
    pauses_h=st.lists(st.integers(-2, 60), min_size=1, max_size=60),
    meanings=st.lists(MEANINGS, min_size=1, max_size=30),
)  # fmt: skip
def test_whatever_the_clock_does_no_text_leaves_at_night_or_twice_a_day_or_early(
    protocol: Protocol, zones: list[str], window: Window, start: str, minute: int, pauses_h: list[int],
    meanings: list[Meaning | None],
) -> None:  # fmt: skip
    """The clock looks at odd times, late, sometimes backwards; people answer or not. It always ends."""
    where = [ZoneInfo(name) for name in zones]
    now = datetime.fromisoformat(start).replace(tzinfo=UTC) + timedelta(minutes=minute)
    begun, programme = now, protocol.programme
    enrolment: Enrolment | None = enrol(protocol, answers_of(protocol), Level.self_care, "en", "e", now)
    leaving: list[datetime] = []
    for turn in range(400):
        if enrolment is None:
            break
        now += timedelta(hours=pauses_h[turn % len(pauses_h)]) if turn % 2 else timedelta(hours=5)
        enrolment = Enrolment.decode(enrolment.encode())
        due = next_due(programme, enrolment, now, where, window)
        if due is None:
            enrolment = None
        elif due.at <= now:
            _expect_fair(due, now, where, window, leaving, begun)
            leaving.append(now)
            enrolment = sent(programme, enrolment, due, now)
            meaning = meanings[turn % len(meanings)]
            if enrolment is not None and meaning is not None and checkin_of(programme, enrolment, now):
                enrolment = reply(programme, enrolment, meaning, now)
        else:
            assert due.at > now
    for _ in range(20):  # a clock that never looked while a narrow window was open: now it comes in time
        due = next_due(programme, enrolment, now, where, window) if enrolment is not None else None
        now = max(now, due.at) if due is not None else now
        enrolment = (
            sent(programme, enrolment, due, now) if enrolment is not None and due is not None else None
        )
        leaving += [now] if due is not None and due.text else []
    assert enrolment is None, "it ends"
    assert len(leaving) <= 14


def _expect_fair(
    due: Due, now: datetime, zones: list[ZoneInfo], window: Window, before: list[datetime], begun: datetime
) -> None:
    assert due.at == now and due.until > now
    assert all(window.opens <= now.astimezone(zone).time() < window.closes for zone in zones), "at night"
    for zone in zones:
        days = [at.astimezone(zone).date() for at in before]
        assert now.astimezone(zone).date() not in days, "twice a day"
        tomorrow = begun.astimezone(zone).date() + timedelta(days=1)
        assert now.astimezone(zone).date() >= tomorrow, "early"


@settings(deadline=None, max_examples=300)
@given(zones=ZONES, window=WINDOWS, start=STARTS, minute=st.integers(0, 14 * 1440))
def test_the_opening_is_the_first_minute_that_is_open_everywhere(
    zones: list[str], window: Window, start: str, minute: int
) -> None:
    where = [ZoneInfo(name) for name in zones]
    at = datetime.fromisoformat(start).replace(tzinfo=UTC) + timedelta(minutes=minute)
    found = opening(at, where, window)
    every = (at + timedelta(minutes=later) for later in range(3 * 1440))
    first = next((one for one in every if window.is_open(one, where)), None)
    assert found == first or (first is None and found is not None and found > at + timedelta(days=2))


@pytest.mark.parametrize("cap", [1, 2, 3, 4, 5, 6, 7])
@pytest.mark.parametrize("meaning", [None, Meaning.better, Meaning.same])
def test_no_seven_days_hold_more_texts_than_the_cap(
    protocol: Protocol, cap: int, meaning: Meaning | None
) -> None:
    programme = replace(protocol.programme, weekly_cap=cap)
    capped = replace(protocol, programme=programme)
    dues = play(capped, joined(capped), {"all": meaning} if meaning else None)
    days = [due.at.astimezone(NY[0]).date() for due in dues]
    assert days
    assert all(sum(first <= day < first + timedelta(days=7) for day in days) <= cap for first in days)


def test_with_three_a_week_the_checkins_leave_and_the_tips_give_way(protocol: Protocol) -> None:
    capped = replace(protocol, programme=replace(protocol.programme, weekly_cap=3))
    dues = play(capped, joined(capped), {"all": Meaning.better})
    assert [due.step for due in dues if due.asks] == ["checkin1", "checkin3", "checkin7", "checkin14"]
    assert ("nsaid", "weekly_cap") in dues[1].skipped


def test_on_a_holiday_a_tip_is_left_out_and_a_checkin_waits_for_the_next_morning(protocol: Protocol) -> None:
    rests = replace(HOURS, rests=frozenset({(JOINED + timedelta(days=day)).date() for day in (1, 4)}))
    enrolment = joined(protocol)
    first = next_due(protocol.programme, enrolment, JOINED, NY, rests)
    assert first is not None and (first.step, local(first.at)) == ("checkin1", "06-03 09:00")
    assert ("nsaid", "replaced") in first.skipped
    later = next_due(protocol.programme, replace(enrolment, done_day=3), at_day(3, 20), NY, rests)
    assert later is not None and (later.step, later.skipped) == ("move", (("heat", "holiday"),))


def test_a_tip_whose_place_the_nudge_takes_is_named_as_left_out(protocol: Protocol) -> None:
    dues = play(protocol, joined(protocol))
    assert dues[1].step == "nudge" and dues[1].skipped == (("nsaid", "replaced"),)


def test_every_step_leaves_or_has_its_reason_whoever_answers(protocol: Protocol) -> None:
    for meaning in (Meaning.better, Meaning.same):
        dues = play(protocol, joined(protocol, risks=1 << 6), {"all": meaning})
        told = [step for due in dues for step in (due.step, *(one for one, _ in due.skipped))]
        assert sorted(told) == sorted(step.id for step in protocol.programme.steps)


def test_a_step_left_out_for_the_cap_says_so_at_a_later_look_too(protocol: Protocol) -> None:
    capped = replace(protocol.programme, weekly_cap=3)
    enrolment = replace(joined(protocol), done_day=3, texted=0b1010)
    due = next_due(capped, enrolment, at_day(7), NY, HOURS)
    assert due is not None and due.step == "checkin7"
    assert due.skipped == (("heat", "weekly_cap"), ("move", "weekly_cap"), ("stretch", "weekly_cap"))
