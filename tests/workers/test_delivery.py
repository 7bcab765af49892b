"""What happens to a text when the carrier is busy, slow, silent or refuses."""

import pytest

from hotline import tasks
from hotline.settings import Settings
from hotline.store import Row, row_id
from tests.hotline.phone.lines import PERSON
from tests.workers.conftest import House
from workers import delivery

ON_CALL = "+12025550190"


def write(house: House, purpose: str = "reminder", text: str = "tip_heat") -> str:
    """A row for the person, due now."""
    house.join()
    at = house.line.now().timestamp()
    id = row_id(house.contact, purpose, text, "")
    row = Row(id, house.contact, purpose, ((text, {}),), "en", at, at + 3600)
    house.line.store.outbox.add((row,), house.line.now())
    return id


def state_of(house: House, id: str) -> str:
    stored = house.line.store.outbox.read(id)
    assert stored is not None
    return stored.state


def sends(house: House) -> int:
    """How many texts the carrier was asked to send."""
    return sum(one.method == "POST" for one in house.carrier.ledger())


def test_a_text_is_sent_once_and_its_row_knows_the_carriers_id(house: House) -> None:
    id = write(house)
    for _ in range(3):
        delivery.deliver(house.line, id)
    stored = house.line.store.outbox.read(id)
    assert stored is not None and stored.state == "accepted"
    assert [one.sid for one in house.carrier.thread(PERSON)] == [stored.sid]


def test_a_busy_carrier_gets_the_text_again_after_a_pause(house: House) -> None:
    id = write(house)
    house.carrier.faults.order("limit", times=2)
    delivery.deliver(house.line, id)
    delivery.deliver(house.line, id)
    assert state_of(house, id) == "pending" and sends(house) == 1
    for _ in range(2):
        house.wait(10)
        delivery.deliver(house.line, id)
    assert state_of(house, id) == "accepted" and sends(house) == 3


@pytest.mark.parametrize("kind", ["error_after", "reset_after", "garbage", "hang_after"])
def test_a_text_whose_answer_got_lost_is_found_and_never_sent_twice(house: House, kind: str) -> None:
    id = write(house)
    house.carrier.faults.order(kind, seconds=0.8)
    delivery.deliver(house.line, id)
    assert state_of(house, id) == "unknown"
    house.tick(1)
    assert sends(house) == 1
    house.wait(house.line.settings.unknown_after_s + 1)
    house.tick()
    assert state_of(house, id) == "delivered" and sends(house) == 1


@pytest.mark.parametrize(
    ("purpose", "state", "count"),
    [("reminder", "dropped", 1), ("urgent", "accepted", 2), ("ending", "accepted", 2)],
)
def test_found_by_neither_look_a_reminder_is_dropped_and_urgent_or_last_words_are_sent_again(
    house: House, purpose: str, state: str, count: int
) -> None:
    id = write(house, purpose)
    house.carrier.faults.order("error")
    delivery.deliver(house.line, id)
    for _ in range(2):
        house.wait(house.line.settings.unknown_after_s + 1)
        house.tick(1)
    house.wait(1)
    house.tick(1)
    assert (state_of(house, id), sends(house)) == (state, count)


def test_a_number_that_is_no_mobile_ends_the_programme_and_makes_a_task(house: House) -> None:
    id = write(house)
    house.carrier.faults.order("refuse", code=21614)
    delivery.deliver(house.line, id)
    assert state_of(house, id) == "dropped" and house.state().enrolment == ""
    assert [task.reason for task in house.line.store.tasks.list("open")] == ["undeliverable"]


def test_a_refused_account_halts_all_sending_for_a_while(house: House) -> None:
    first, second = write(house), write(house, text="tip_move")
    house.carrier.faults.order("refuse", code=20003)
    delivery.deliver(house.line, first)
    delivery.deliver(house.line, second)
    assert house.line.store.signs.halted(house.line.now()) == "account_refused"
    assert sends(house) == 1 and state_of(house, second) == "pending"
    house.wait(61)
    delivery.deliver(house.line, second)
    assert state_of(house, second) == "accepted"


def test_nothing_is_sent_after_its_window(house: House) -> None:
    id = write(house)
    house.wait(3601)
    delivery.deliver(house.line, id)
    assert state_of(house, id) == "dropped" and sends(house) == 0


def test_whoever_is_on_call_gets_a_text_with_the_tasks_id_and_nothing_else(house: House) -> None:
    settings = house.line.settings
    settings.on_call_number = ON_CALL
    task = tasks.make(house.contact, 1, "unfinished", "urgent_today", house.line.now(), 60)
    house.change(tasks=(task,), outbox=tasks.notices(settings, task, house.line.now()))
    house.tick()
    (told,) = house.carrier.thread(ON_CALL)
    assert task.id in told.body and PERSON not in told.body and house.contact not in told.body


def test_a_task_that_nobody_takes_is_told_once_more_and_then_no_more(house: House) -> None:
    house.line.settings.on_call_number = ON_CALL
    task = tasks.make(house.contact, 1, "unfinished", "urgent_today", house.line.now(), 60)
    house.change(tasks=(task,))
    house.tick()
    assert house.carrier.thread(ON_CALL) == []
    for _ in range(3):
        house.wait(Settings().escalate_after_min * 60 + 1)
        found = tasks.unclaimed(house.line.store, house.line.settings, house.line.now())
        for id in found:
            tasks.escalate(house.line.store, house.line.settings, id, house.line.now())
        house.tick()
    assert ["NOT TAKEN YET" in told.body for told in house.carrier.thread(ON_CALL)] == [True]


def reasons(house: House) -> list[str]:
    return [task.reason for task in house.line.store.tasks.list("open")]


def test_an_urgent_text_that_comes_too_late_becomes_a_task_for_staff(house: House) -> None:
    """An outage past its hour: the person was told nothing."""
    id, reminder = write(house, "urgent"), write(house)
    house.wait(3601)
    house.tick()
    assert state_of(house, id) == state_of(house, reminder) == "dropped" and sends(house) == 0
    assert reasons(house) == ["urgent_undelivered"]


def test_a_text_after_a_broken_call_that_nobody_finds_becomes_a_task_for_staff(house: House) -> None:
    """It is not worded to be read twice, so it is not sent again."""
    id = write(house, "dropped")
    house.carrier.faults.order("error")
    delivery.deliver(house.line, id)
    for _ in range(3):
        house.wait(house.line.settings.unknown_after_s + 1)
        house.tick(1)
    assert state_of(house, id) == "dropped" and sends(house) == 1
    assert reasons(house) == ["urgent_undelivered"]


def test_an_urgent_text_that_the_carrier_blocks_after_stop_becomes_a_task_for_staff(house: House) -> None:
    id = write(house, "urgent")
    house.carrier.faults.order("refuse", code=21610)
    delivery.deliver(house.line, id)
    assert state_of(house, id) == "dropped" and house.state().opted_out
    assert reasons(house) == ["blocked_after_stop"]


def test_a_text_whose_every_callback_got_lost_is_asked_for(house: House) -> None:
    """No callback, nor a look-up: the carrier is asked by the text's own id, until it knows."""
    id = write(house)
    delivery.deliver(house.line, id)
    house.carrier.settle(5)
    assert state_of(house, id) == "accepted"
    house.wait(house.line.settings.status_after_s + 1)
    house.tick(1)
    assert state_of(house, id) == "delivered" and sends(house) == 1
