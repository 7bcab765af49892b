"""The nudge and the last words of an encounter: in time, to somebody still silent, or not at all."""

from dataclasses import replace

import pytest

from flows.load import loads, read_folder
from flows.session import Stage
from hotline import conversation
from hotline.playing import Texter
from hotline.settings import PROTOCOL_FOLDER
from tests.hotline.phone.lines import PERSON
from tests.workers.conftest import House
from workers import delivery

MINUTE = 60
NUDGE, END, WORSE = "You did not finish", "I did not hear back", "You told us it was worse"


@pytest.fixture
def texter(house: House) -> Texter:
    """The person, asked the first question just now."""
    person = Texter(house.line, house.line.now(), PERSON)
    person.begin()
    return person


def record(house: House) -> list[dict[str, str]]:
    """What the record has of the clock's turns."""
    shard = house.line.sealer.shard_of(house.contact)
    return [told for _, told in house.line.store.turns.events(shard) if told.get("heard") == "waited"]


def look(house: House) -> str:
    """The clock looks at the encounter; the row it wrote."""
    conversation.wake(house.line, house.contact, house.line.now())
    (id,) = house.line.store.outbox.ring(house.line.now(), 10, 0.0)
    return id


def test_in_time_the_silent_get_the_nudge_and_an_hour_later_the_last_words(
    house: House, texter: Texter
) -> None:
    for minutes in (11, 61):
        house.wait(minutes * MINUTE)
        house.tick()
    assert [NUDGE in house.texts()[0], END in house.texts()[1], len(house.texts())] == [True, True, 2]


def test_a_nudge_that_waits_is_dropped_once_its_question_is_answered(house: House, texter: Texter) -> None:
    house.wait(11 * MINUTE)
    id = look(house)
    texter.at = house.line.now()
    texter.text("NO")
    delivery.deliver(house.line, id)
    stored = house.line.store.outbox.read(id)
    assert stored is not None and (stored.state, stored.reason) == ("dropped", "moved_on")
    assert house.texts() == []


def test_after_an_outage_of_hours_nobody_is_told_at_night_that_we_did_not_hear_back(
    house: House, texter: Texter
) -> None:
    house.wait(8 * 60 * MINUTE)
    house.tick()
    session = texter.session
    assert house.texts() == [] and session is not None and session.stage is Stage.idle
    (told,) = record(house)
    assert told["unsent"] == "TIMEOUT_END" and "said" not in told


def test_a_nudge_half_an_hour_late_is_left_out_and_the_last_words_still_come(
    house: House, texter: Texter
) -> None:
    house.wait(41 * MINUTE)
    house.tick()
    assert house.texts() == []
    house.wait(30 * MINUTE)
    house.tick()
    assert len(house.texts()) == 1 and END in house.texts()[0]


def test_the_clocks_words_are_held_until_a_time_counted_from_the_question(
    house: House, texter: Texter
) -> None:
    asked_at = house.line.now().timestamp()
    house.wait(35 * MINUTE)
    stored = house.line.store.outbox.read(look(house))
    assert stored is not None and abs(stored.row.not_after - asked_at - 40 * MINUTE) < 30


@pytest.mark.parametrize(("minute", "told"), [(14 * 60, True), (19 * 60, False)])
def test_worse_and_then_silent_is_a_task_at_any_hour_and_a_text_by_day_only(
    house: House, minute: int, told: bool
) -> None:
    house.join()
    house.go_to(1, minute)
    house.tick()
    person = Texter(house.line, house.line.now(), PERSON)
    assert "chest" in person.text("3").lower()
    for minutes in (11, 61):
        house.wait(minutes * MINUTE)
        house.tick()
    assert [task.reason for task in house.line.store.tasks.list("open")] == ["worse_then_silent"]
    assert any(WORSE in text for text in house.texts()) is told


def test_a_deploy_that_drops_a_text_does_not_take_it_from_an_open_encounter(
    house: House, texter: Texter
) -> None:
    house.line.publish()
    house.wait(11 * MINUTE)
    id = look(house)
    files = read_folder(PROTOCOL_FOLDER)
    files["texts/en.yaml"] = files["texts/en.yaml"].replace("You did not finish", "Not finished")
    newer = replace(house.line, protocol=loads(files), _older={})
    delivery.deliver(newer, id)
    house.carrier.settle(5)
    assert len(house.texts()) == 1 and NUDGE in house.texts()[0]
