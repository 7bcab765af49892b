"""PRIVATE from the text to the phone: the real conversation, outbox, worker and carrier."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from threading import Thread
from time import sleep

import pytest

from flows.enrolment import DISCREET, Enrolment
from flows.health_words import words_of_health
from hotline.channels import sms
from hotline.consent import Decision, Entry, Purpose, permits, read
from hotline.conversation import take_turn
from hotline.line import open_line
from tests.hotline.phone.lines import PERSON
from tests.workers.conftest import House
from workers import jobs, reminding

_MESSAGES = count(1)


def text(house: House, body: str) -> str:
    """The person texts that; what the line answers."""
    form = {
        "From": PERSON, "To": house.line.settings.text_sender, "Body": body,
        "MessageSid": f"SM{next(_MESSAGES):032x}",
    }  # fmt: skip
    return take_turn(house.line, sms, sms.read(form), house.line.now()).decode()


def in_them(house: House, *said: str) -> list[str]:
    """The words of health in these texts."""
    return [word for one in said for word in words_of_health(house.line.protocol.languages["en"], one)]


def entries(house: House) -> list[Entry]:
    return [read(line) for line in house.line.store.turns.ledger(house.contact)]


def events(house: House, kind: str) -> list[dict[str, str]]:
    shard = house.line.sealer.shard_of(house.contact)
    return [event for _, event in house.line.store.turns.events(shard) if event.get("kind") == kind]


@pytest.fixture
def discreet_house(house: House) -> Iterator[House]:
    """The same house, whose installation texts everybody discreetly."""
    line = open_line(house.line.settings.model_copy(update={"discreet": True}))
    jobs.use(line)
    yield replace(house, line=line)
    line.store.close()


def test_after_private_the_programme_names_no_health_to_its_end(house: House) -> None:
    house.join()
    assert "PRIVATE OFF" in text(house, "PRIVATE")
    for day in range(1, 12):
        house.go_to(day, 17 * 60)
        house.tick(2)
    said = house.texts()
    assert len(said) >= 6 and said[0].startswith("BackLine day 1: How is it going?")
    assert said[-1].startswith("BackLine: We did not hear from you, so texts end here.")
    assert in_them(house, *said) == []
    skipped = {event["step"] for event in events(house, "reminder_skipped") if event["reason"] == DISCREET}
    assert {"nsaid", "heat", "stretch"} <= skipped


def test_private_holds_back_the_checkin_that_waits_in_the_outbox_and_tells_it_again(house: House) -> None:
    house.join()
    house.go_to(1)
    reminding.remind(house.line, house.contact)
    assert house.line.store.outbox.counts()["pending"] == 1
    answer = text(house, "private")
    assert "BackLine day 1: How is it going? 1 better" in answer and in_them(house, answer) == []
    house.tick()
    assert house.texts() == [] and house.line.store.outbox.counts()["dropped"] == 1
    assert "Good to hear. If it gets worse again, text NEW." in text(house, "1")
    assert [event["meaning"] for event in events(house, "outcome")] == ["better"]


def test_private_between_the_claim_and_the_sending_holds_it_back_too(house: House) -> None:
    house.join()
    house.go_to(1)
    reminding.remind(house.line, house.contact)
    outbox, now = house.line.store.outbox, house.line.now()
    (id,) = {event["row"] for event in events(house, "reminder_due")}
    claimed = outbox.claim(id, now, 30, 1)
    assert claimed is not None and outbox.holds(id, claimed.token, now)
    answered = Thread(target=text, args=(house, "PRIVATE"))
    answered.start()
    while DISCREET not in Enrolment.decode(house.state().enrolment).left_out:
        sleep(0.01)
    assert answered.is_alive()  # while a plain text may be under way, PRIVATE is not answered
    assert not outbox.holds(id, claimed.token, now)
    answered.join()
    house.tick()
    assert house.texts() == []


def test_private_off_brings_the_plain_texts_back(house: House) -> None:
    house.join()
    text(house, "PRIVATE")
    text(house, "private off")
    house.go_to(1)
    house.tick()
    assert house.texts()[0].startswith("BackLine day 1: Is your back 1 better")


def test_the_choice_is_in_the_ledger_with_the_words_that_were_shown_and_permits_nothing(house: House) -> None:
    house.join()
    text(house, "PRIVATE")
    text(house, "PRIVATE OFF")
    on, off = entries(house)[-2:]
    assert (on.purpose, on.decision, on.method) == (Purpose.discreet, Decision.granted, "PRIVATE")
    assert (off.purpose, off.decision, off.method) == (Purpose.discreet, Decision.withdrawn, "PRIVATE OFF")
    assert on.wording.startswith("BackLine: OK. The texts I send now name no details.")
    assert off.wording.startswith("BackLine: OK. My texts say again what they are about.")
    assert on.source.startswith("SM") and on.channel == "sms"
    lines, now = house.line.store.turns.ledger(house.contact), house.line.now()
    assert permits(lines, Purpose.reminders, now).may_send
    text(house, "STOP")
    lines = house.line.store.turns.ledger(house.contact)
    assert not permits(lines, Purpose.reminders, now).may_send
    assert not permits([line for line in lines if read(line).purpose is Purpose.discreet],
                       Purpose.reminders, now).may_send  # fmt: skip


def test_the_choice_of_who_is_not_in_the_programme_is_no_line_of_the_ledger(house: House) -> None:
    assert "Once you JOIN, text PRIVATE" in text(house, "PRIVATE")
    assert entries(house) == [] and house.state().enrolment == ""


def test_an_installation_can_text_everybody_so_and_a_person_can_choose_otherwise(
    discreet_house: House,
) -> None:
    house = discreet_house
    house.join()
    house.go_to(1)
    house.tick()
    (first,) = house.texts()
    assert in_them(house, first) == [] and first.startswith("BackLine day 1: How is it going?")
    text(house, "1")
    text(house, "PRIVATE OFF")
    house.go_to(3)
    house.tick()
    assert house.texts()[-1].startswith("BackLine day 3: Is your back 1 better")


def test_worse_keeps_the_choice_through_the_questions(house: House) -> None:
    house.join()
    text(house, "PRIVATE")
    house.go_to(1)
    house.tick()
    text(house, "3")
    for answer in ("no", "no", "no", "1", "1", "1", "none", "40", "3", "1"):
        house.wait(5)  # a text within 2 s of our question would answer the one before
        text(house, answer)
    assert DISCREET in Enrolment.decode(house.state().enrolment).left_out
    house.go_to(3)
    house.tick()
    assert in_them(house, house.texts()[-1]) == [] and "How is it going?" in house.texts()[-1]
