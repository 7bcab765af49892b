"""What a day holds: reminders and check-in calls are held first, and an answer never is."""

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime, timedelta
from types import MappingProxyType

import pytest
import redis
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hotline.channels import sms
from hotline.consent import Decision, Entry, Purpose, record
from hotline.conversation import take_turn
from hotline.line import Line
from hotline.playing import Caller, Texter
from hotline.store import Change, Row, keys, row_id
from tests.hotline.phone.lines import ACCOUNT, PERSON
from tests.workers.conftest import House, a_house
from workers import delivery

CAPS = ("contact_segments_a_day", "line_segments_a_day", "contact_calls_a_day", "line_calls_a_day")
HELD = {"day_is_full", "line_day_is_full", "calls_are_used_up", "line_calls_are_used_up"}
NEVER = ("urgent", "ending", "dropped")
EMERGENCY = "chest pain and I cannot breathe"


SETTINGS = {
    "voice_sender": ACCOUNT.voice_sender, "public_base_url": "http://127.0.0.1:9", "send_timeout_s": 2,
    "text_segments_per_s": 1e6, "stop_wait_s": 0.5,
}  # fmt: skip


def capped(url: str, caps: Mapping[str, int] = MappingProxyType({})) -> AbstractContextManager[House]:
    """A line with these caps and a carrier that is in no hurry."""
    return a_house(url, SETTINGS | dict(caps), pace_s=0.0)


@pytest.fixture
def house(clean_redis: str) -> Iterator[House]:
    with capped(clean_redis) as own:
        yield own


def agreed(house: House, number: str = PERSON) -> str:
    """The contact of somebody whose number is known and who agreed to texts and calls."""
    line, now, contact = house.line, house.line.now(), house.line.sealer.contact_of(number)
    address = line.sealer.seal(contact, "address", json.dumps([number, ACCOUNT.text_sender]).encode())
    ledger = tuple(
        record(Entry(purpose, Decision.granted, now, "sms", "JOIN", "optin", "words"))
        for purpose in (Purpose.reminders, Purpose.voice_reminders)
    )
    line.store.turns.take(contact, "", lambda state: Change(b"", address=address, ledger=ledger), now)
    return contact


def leave(house: House, purpose: str, step: str, number: str = PERSON) -> tuple[str, str]:
    """A row of that purpose goes out now; its state, and why it was dropped."""
    line, contact = house.line, house.line.sealer.contact_of(number)
    at = line.now().timestamp()
    row = Row(row_id(contact, purpose, step, ""), contact, purpose, (("tip_heat", {}),), "en", at, at + 3600)
    line.store.outbox.add((row,), line.now())
    delivery.deliver(line, row.id)
    stored = line.store.outbox.read(row.id)
    assert stored is not None
    return stored.state, stored.reason


def used_by(house: House, contact: str) -> int:
    """The segments of that person's day, as Redis has them."""
    day = int(house.line.now().timestamp()) // 86_400
    with redis.Redis.from_url(house.line.settings.redis_url) as raw:
        return int(raw.hget(keys.day_use(keys.tag_of(contact), day), contact) or 0)


def placed(house: House) -> int:
    return sum(call.direction == "outbound-api" for call in house.carrier.calls())


def test_a_third_check_in_call_of_a_day_is_skipped_and_tomorrow_is_another(house: House) -> None:
    agreed(house)
    ends = [leave(house, "voice_reminder", f"day{day}") for day in range(3)]
    assert ends == [("accepted", ""), ("accepted", ""), ("dropped", "calls_are_used_up")]
    assert placed(house) == 2 == house.line.store.pace.calls(house.line.now())
    house.go_to(1)
    assert leave(house, "voice_reminder", "tomorrow")[0] == "accepted"
    assert house.line.store.pace.calls(house.line.now()) == 1


def test_a_call_takes_nothing_of_the_segments_and_a_text_nothing_of_the_calls(house: House) -> None:
    contact = agreed(house)
    leave(house, "voice_reminder", "call")
    assert used_by(house, contact) == 0 == house.line.store.pace.used(house.line.now())
    leave(house, "reminder", "text")
    pace, now = house.line.store.pace, house.line.now()
    assert (pace.used(now), pace.calls(now)) == (used_by(house, contact), 1) != (0, 1)


def test_the_lines_last_call_is_placed_once_and_who_calls_in_is_never_barred(house: House) -> None:
    """Also where the day of the person has room: the line's calls are those of everybody."""
    house.line.settings.line_calls_a_day = 1
    other = "+12025550177"
    agreed(house), agreed(house, other)
    assert leave(house, "voice_reminder", "first")[0] == "accepted"
    assert leave(house, "voice_reminder", "first", other) == ("dropped", "line_calls_are_used_up")
    assert placed(house) == 1
    caller = Caller(house.line, house.line.now(), other)
    caller.dial()
    caller.press("9")
    assert "9 1 1" in caller.heard and house.line.store.pace.calls(house.line.now()) == 1


@pytest.mark.parametrize(("hours", "left"), [(0, 0), (24, 1)])
def test_a_call_that_was_not_placed_counts_for_nothing_and_takes_nothing_from_the_next_day(
    house: House, hours: int, left: int
) -> None:
    """Given back after midnight, it is the day before that it counted for."""
    contact, outbox, now = agreed(house), house.line.store.outbox, house.line.now()
    id, next_one = (row_id(contact, "voice_reminder", step, "") for step in ("day1", "day2"))
    at = now.timestamp()
    rows = [
        Row(one, contact, "voice_reminder", (("voice_checkin", {}),), "en", at, at + 2 * 86_400)
        for one in (id, next_one)
    ]
    outbox.add(rows, now)
    claimed = outbox.claim(id, now, 30, 1)
    assert claimed and calls_of(house, contact, now) == 1
    later = now + timedelta(hours=hours)
    assert outbox.later(id, claimed.token, later.timestamp(), "busy", later)
    assert calls_of(house, contact, now) == left
    assert calls_of(house, contact, later) == 0
    assert outbox.claim(next_one, later, 30, 1)
    assert calls_of(house, contact, later) == 1


def calls_of(house: House, contact: str, now: datetime) -> int:
    """The calls of that person's day, as Redis has them."""
    name = keys.day_calls(keys.tag_of(contact), int(now.timestamp()) // 86_400)
    with redis.Redis.from_url(house.line.settings.redis_url) as raw:
        return int(raw.hget(name, contact) or 0)


def test_answers_fill_a_persons_day_so_that_the_reminder_is_held_and_the_next_answer_is_not(
    house: House,
) -> None:
    person, contact = Texter(house.line, house.line.now(), PERSON), agreed(house)
    person.text("BACK")
    asked = used_by(house, contact)
    assert asked >= 1 and leave(house, "reminder", "before")[0] == "accepted"
    with_reminder = used_by(house, contact)
    capped = with_reminder + 2
    house.line.store.outbox._most = capped
    while used_by(house, contact) < capped:
        assert person.text("no")
    assert leave(house, "reminder", "after") == ("dropped", "day_is_full")
    assert "911" in person.text(EMERGENCY)
    assert used_by(house, contact) > capped


def test_answers_fill_the_lines_day_too(house: House) -> None:
    agreed(house)
    person = Texter(house.line, house.line.now(), "+12025550166")  # somebody else, of another shard
    person.text("BACK")
    used = house.line.store.pace.used(house.line.now())
    assert used == house.line.store.pace.answered(house.line.now()) >= 1
    house.line.settings.line_segments_a_day = used + 1
    assert leave(house, "reminder", "day1") == ("dropped", "line_day_is_full")
    assert leave(house, "urgent", "day1")[0] == "accepted"
    assert "911" in person.text(EMERGENCY)


def test_a_repeated_text_and_one_that_the_carrier_answers_cost_nothing(house: House) -> None:
    contact = agreed(house)
    form = {"MessageSid": "SM1", "From": PERSON, "To": ACCOUNT.text_sender, "Body": "BACK"}
    first = take_turn(house.line, sms, sms.read(form), house.line.now())
    once = used_by(house, contact)
    assert take_turn(house.line, sms, sms.read(form), house.line.now()) == first
    house.line.settings.keyword_mode = "advanced_optout"
    stop = form | {"MessageSid": "SM2", "Body": "STOP", "OptOutType": "STOP"}
    assert take_turn(house.line, sms, sms.read(stop), house.line.now()) == sms.EMPTY
    assert used_by(house, contact) == once >= 1


TEXTS = ("BACK", "no", "1", "JOIN", EMERGENCY, "STOP", "START", "HELP", "i want to kill myself", "parar")
STEPS = st.one_of(
    st.sampled_from([("text", words) for words in TEXTS]),
    st.sampled_from([("row", purpose) for purpose in ("reminder", "encounter", "voice_reminder", *NEVER)]),
    st.just(("call", "9")),
)


def play(house: House, steps: list[tuple[str, str]]) -> tuple[list[str], list[tuple[str, str, str]]]:
    """Every answer that the person got, and how each row ended."""
    answers, ends = [], []
    agreed(house)
    texter = Texter(house.line, house.line.now(), PERSON, step=timedelta(seconds=1), number=1)
    for place, (kind, what) in enumerate(steps):
        if kind == "text":
            answers.append(texter.text(what))
        elif kind == "row":
            ends.append((what, *leave(house, what, str(place))))
        else:
            answers.append(in_a_call(house.line, what))
    return answers, ends


def in_a_call(line: Line, key: str) -> str:
    caller = Caller(line, line.now(), PERSON)
    caller.dial()
    caller.press(key)
    heard = caller.heard
    caller.hang_up()
    return heard


@pytest.fixture
def twins(redis_url: str) -> Iterator[tuple[House, House]]:
    """A line whose caps leave room for next to nothing, and one without any."""
    tight, free = dict.fromkeys(CAPS, 1), dict.fromkeys(CAPS, 0)
    with ExitStack() as stack:
        made = [
            stack.enter_context(capped(redis_url.rpartition("/")[0] + f"/{base}", caps))
            for base, caps in ((1, tight), (2, free))
        ]
        yield made[0], made[1]


@settings(
    max_examples=25, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(steps=st.lists(STEPS, min_size=1, max_size=10))
@example(steps=[("text", "BACK"), *(("row", purpose) for purpose in ("reminder", "encounter", *NEVER))])
@example(steps=[("row", "voice_reminder"), ("row", "voice_reminder"), ("text", EMERGENCY), ("text", "STOP")])
def test_whatever_the_order_no_emergency_reply_and_no_stop_confirmation_is_held(
    twins: tuple[House, House], steps: list[tuple[str, str]]
) -> None:
    """With every cap used up each answer is word for word that of a line without caps, and no text that
    somebody may need now was held by one; without caps nothing is."""
    told = []
    for house in twins:
        with redis.Redis.from_url(house.line.settings.redis_url) as raw:
            raw.flushdb()
        house.line.store.pace._answers = (-1, 0.0, 0)
        house.go_to(0)
        told.append(play(house, steps))
    (tight, tight_ends), (free, free_ends) = told
    assert tight == free
    needed = [[end for end in ends if end[0] in NEVER] for ends in (tight_ends, free_ends)]
    assert needed[0] == needed[1]
    assert not HELD & {reason for _, _, reason in (*needed[0], *free_ends)}
    accepted = [purpose for purpose, state, _ in tight_ends if state == "accepted" and purpose not in NEVER]
    assert accepted.count("voice_reminder") <= 1 and len(accepted) <= 1 + accepted.count("voice_reminder")
    if steps[0] == ("text", "BACK"):  # its answer alone fills that day
        assert set(accepted) <= {"voice_reminder"}
