"""The one text that a call may lead to, asked for or after a drop: never twice, never to who said no."""

from dataclasses import replace

import pytest

from flows.load import loads
from hotline.consent import Entry, Purpose, read
from hotline.playing import Caller, Texter
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


def granted_by(house: House) -> Entry:
    """The opt-in of one text, as the ledger has it."""
    entries = [read(line) for line in house.line.store.turns.ledger(house.contact)]
    [entry] = [entry for entry in entries if entry.purpose is Purpose.one_text]
    return entry


def test_the_ledger_has_the_offer_in_the_language_in_which_it_was_spoken(house: House) -> None:
    """A text in Spanish comes between the offer and the key: the key only hears the offer in Spanish, and the
    next one says yes to it."""
    person = caller(house)
    keyed(person, *SELF_CARE)
    texter = Texter(house.line, person.at, PERSON)
    texter.text("ES")
    assert person.session is not None and person.session.language == "es"
    person.at = texter.at
    offer = keyed(person, "5")
    keyed(person, "5")
    entry = granted_by(house)
    assert entry.key == "TEXT_OFFER" and "oprima 5" in entry.wording and entry.wording in offer


def test_an_offer_whose_words_were_changed_since_is_not_written_down_in_the_new_ones(house: House) -> None:
    """The protocol was replaced between the offer and the key, and the old one is nowhere to be found."""
    person = caller(house)
    keyed(person, *SELF_CARE)
    session = person.session
    assert session is not None
    files = dict(house.line.protocol.files)
    files["texts/en.yaml"] = files["texts/en.yaml"].replace("as one text, press 5", "by text, press 5")
    person.line = replace(house.line, protocol=loads(files))
    assert person.line.protocol.hash != house.line.protocol.hash
    keyed(person, "5")
    entry = granted_by(house)
    assert entry.wording == "" and entry.source.endswith(f"offered in words {session.spoke}")


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
