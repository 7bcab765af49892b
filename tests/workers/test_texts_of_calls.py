"""The one text that a call may lead to, asked for or after a drop: never twice, never to who said no."""

import pytest

from hotline.consent import read
from hotline.playing import Caller
from tests.hotline.phone.lines import PERSON
from tests.workers.conftest import House

SELF_CARE = ("2", "2", "2", "1", "1", "1", "0#", "0#", "40#", "3#", "1")
TALKED_S = 120  # a caller's own clock runs ahead of the house's by what was said


def caller(house: House) -> Caller:
    person = Caller(house.line, house.line.now(), PERSON)
    person.begin()
    return person


def keyed(person: Caller, *keys: str) -> str:
    for key in keys:
        person.press(key)
    return person.heard


def test_key_five_sends_the_advice_once_however_often_it_is_pressed(house: House) -> None:
    person = caller(house)
    assert "press 5" in keyed(person, *SELF_CARE)
    keyed(person, "5", "5")
    house.wait(TALKED_S)
    house.tick()
    (text,) = house.texts()
    assert "the only text you asked for" in text and "no danger signs" in text
    granted = [read(line) for line in house.line.store.turns.ledger(house.contact)]
    assert [(entry.purpose.value, entry.method) for entry in granted][:1] == [("one_text", "key 5")]
    assert "press 5" in granted[0].wording


def test_who_opted_out_is_not_offered_a_text_and_key_five_sends_none(house: House) -> None:
    house.change(opted_out=True)
    assert "press 5" not in keyed(caller(house), *SELF_CARE, "5")
    house.wait(TALKED_S)
    house.tick()
    assert house.texts() == []


def test_an_opt_out_between_the_key_and_the_text_bars_it(house: House) -> None:
    keyed(caller(house), *SELF_CARE, "5")
    house.change(opted_out=True)
    house.wait(TALKED_S)
    house.tick()
    assert house.texts() == []


@pytest.mark.parametrize("joined", [True, False])
def test_a_drop_behind_a_flag_texts_the_advice_so_far_only_to_who_agreed_to_texts(
    house: House, joined: bool
) -> None:
    if joined:
        house.join()
    person = caller(house)
    keyed(person, "2", "2", "2", "3")
    person.hang_up()
    house.wait(60 + TALKED_S)
    house.tick()
    told = [text for text in house.texts() if "broke off" in text]
    assert len(told) == joined
    assert all("ER TODAY" in text for text in told)


def test_who_calls_again_at_once_gets_no_text_after_a_drop(house: House) -> None:
    house.join()
    person = caller(house)
    keyed(person, "2", "2", "2", "3")
    person.hang_up()
    person.dial()
    house.wait(60 + TALKED_S)
    house.tick()
    assert house.texts() == []
