"""Opt-outs that go out to the clinic's other programmes: a real receiver, RQ's own worker, faults; and one
that comes in beside a due reminder."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from pydantic import SecretStr

from hotline import backlog, consent_proof, opting_out
from hotline.channels import sms
from hotline.consent import readable
from hotline.conversation import take_turn
from hotline.feed import telling
from hotline.playing import Caller
from hotline.store import Stored, keys
from hotline.web import create_app
from tests.hotline.feed.others import SECRET, OtherProgramme, body_of, signed
from tests.hotline.phone.lines import ACCOUNT, PERSON, served
from tests.workers.conftest import House
from tests.workers.installation import Installation, free_address
from tests.workers.test_delivery import ON_CALL
from workers import delivery


@pytest.fixture
def other(house: House) -> Iterator[OtherProgramme]:
    other = OtherProgramme()
    with served(other.app()) as url:
        house.line.settings.optout_feed_url = f"{url}/feed"
        house.line.settings.optout_feed_secret = SecretStr(SECRET)
        yield other


def text(house: House, body: str, **more: str) -> None:
    """The person texts that."""
    sid = f"SM{house.line.now().timestamp():.6f}"
    form = {"MessageSid": sid, "From": PERSON, "To": ACCOUNT.text_sender, "Body": body} | more
    take_turn(house.line, sms, sms.read(form), house.line.now())


def by_text(house: House) -> None:
    text(house, "please stop texting me")


def by_the_carriers_mark(house: House) -> None:
    text(house, "arret", OptOutType="STOP")


def by_key(house: House) -> None:
    """They call, hear that they are on the programme, and end it."""
    caller = Caller(house.line, house.line.now(), PERSON)
    caller.dial()
    for key in ("3", "8", "2"):
        caller.press(key)
    house.wait(60)  # that is how long the call took


def by_staff(house: House) -> None:
    assert opting_out.opt_out(house.line, house.contact, "staff", "staff", "Nurse Ada", house.line.now())


def by_21610(house: House) -> None:
    house.carrier.faults.order("refuse", to=PERSON, code=21610)
    house.go_to(1)
    house.tick()


def passed_on(house: House) -> list[Stored]:
    """The rows of the feed."""
    store, found = house.line.store, []
    for entry in readable(store.turns.ledger(house.contact)):
        stored = store.outbox.find(telling.public_id(house.contact, entry))
        found += [stored] if stored is not None else []
    return found


def methods(house: House) -> list[tuple[str, str, str]]:
    report = consent_proof.proof(house.line, house.contact, house.line.now())
    assert report["whole"]
    return [(one["decision"], one["channel"], one["method"]) for one in report["entries"]]


WAYS: dict[str, tuple[Callable[[House], None], str]] = {
    "by text": (by_text, "sms phrase"),
    "by the carrier's mark": (by_the_carriers_mark, "sms OptOutType STOP"),
    "by key": (by_key, "voice key 2"),
    "by staff": (by_staff, "staff staff"),
    "by the carrier's refusal": (by_21610, "sms carrier"),
}


@pytest.mark.parametrize("way", WAYS)
def test_whatever_way_somebody_opts_out_the_other_programmes_are_told_once(
    house: House, other: OtherProgramme, way: str
) -> None:
    opts_out, source = WAYS[way]
    house.join()
    opts_out(house)
    assert house.state().opted_out
    house.tick()
    (told,) = other.got
    assert set(told) == {"id", "number", "at", "source"} and other.forged == 0
    assert (told["number"], told["source"]) == (PERSON, source)
    (stored,) = passed_on(house)
    assert stored.state == "delivered" and told["id"] == stored.row.id
    assert methods(house)[-2:] == [
        ("withdrawn", *source.split(" ", 1)), ("passed_on", "feed", "webhook")
    ]  # fmt: skip
    house.wait(house.line.settings.status_after_s * 20)
    house.tick()
    assert len(other.got) == 1, "a webhook has no status to ask for"


def test_a_second_stop_is_not_told_again_and_one_after_start_is(house: House, other: OtherProgramme) -> None:
    house.join()
    for words in ("STOP", "STOP", "START", "STOP"):
        text(house, words)
        house.wait(1)
        house.tick()
    assert len(other.got) == 2 and len({told["id"] for told in other.got}) == 2


def test_no_number_lies_open_in_a_row_and_the_row_belongs_to_nobody(
    house: House, other: OtherProgramme
) -> None:
    """So that erasing the person leaves it sealed and able to go out."""
    by_text(house)
    (stored,) = passed_on(house)
    assert stored.row.contact == "" and PERSON.removeprefix("+1") not in str(stored)


def test_what_came_by_feed_is_not_sent_out_again(house: House, other: OtherProgramme) -> None:
    client = create_app(house.line).test_client()
    body = body_of(number=PERSON)
    assert (
        client.post("/optouts", data=body, headers=signed(body, now=house.line.now().timestamp())).status_code
        == 204
    )
    text(house, "STOP")
    house.tick()
    assert other.got == [] and passed_on(house) == []


def test_without_a_feed_nothing_is_written_for_it(house: House) -> None:
    by_text(house)
    assert passed_on(house) == [] and house.state().opted_out


def test_somebody_who_withholds_the_number_is_out_and_cannot_be_told_of(
    house: House, other: OtherProgramme
) -> None:
    text(house, "STOP", From="anonymous")
    house.tick()
    assert other.got == []


@pytest.mark.parametrize("status", [302, 401, 403, 404, 408, 425, 429, 500, 503])
def test_a_receiver_that_is_down_or_set_up_wrongly_gets_it_later_with_the_same_id(
    house: House, other: OtherProgramme, status: int
) -> None:
    other.answers[:] = [status, status, 200]
    by_text(house)
    for _ in range(4):
        house.tick(1)
        house.wait(301)
    assert len(other.got) == 3 and len({told["id"] for told in other.got}) == 1
    assert [stored.state for stored in passed_on(house)] == ["delivered"]
    assert methods(house).count(("passed_on", "feed", "webhook")) == 1


def test_a_receiver_that_nobody_reaches_gets_it_once_it_is_there(house: House, other: OtherProgramme) -> None:
    there = house.line.settings.optout_feed_url
    house.line.settings.optout_feed_url = f"{free_address()}/feed"
    by_text(house)
    house.tick(1)
    assert [stored.state for stored in passed_on(house)] == ["pending"]
    house.line.settings.optout_feed_url = there
    house.wait(301)
    house.tick(1)
    assert len(other.got) == 1


def test_however_many_wait_for_a_receiver_that_is_silent_it_is_tried_once_in_a_while(
    house: House, other: OtherProgramme
) -> None:
    """Else its time-outs would hold all the threads that an urgent text needs."""
    other.answers[:] = [503]
    everybody = [f"+1303557{place:04d}" for place in range(40)]

    def say_no(person: str) -> None:
        line, contact = house.line, house.line.sealer.contact_of(person)
        opting_out.opt_out(line, contact, "staff", "staff", "Ada", line.now(), person)

    say_no(everybody[0])
    house.tick(1)
    for person in everybody[1:]:
        say_no(person)
    for _ in range(4):
        house.wait(31)
        house.tick(1)
    assert 2 <= len(other.got) <= 1 + 4 * house.line.settings.send_threads
    held = len(other.got)
    other.answers[:] = [204]
    for _ in range(12):
        house.wait(61)
        house.tick(1)
    told = [one["number"] for one in other.got[held:]]
    assert sorted(told) == everybody, "each of them once, now that it answers"


def test_one_that_is_not_taken_for_a_day_is_set_aside_with_an_alarm_and_staff_put_it_back(
    house: House, other: OtherProgramme
) -> None:
    house.line.settings.on_call_number = ON_CALL
    other.answers[:] = [503]
    by_text(house)
    for _ in range(3):
        house.tick(1)
        house.wait(12.1 * 3600)
    (stored,) = passed_on(house)
    assert stored.state == "parked" and len(other.got) == 3
    house.tick()
    assert ["hotline queue" in told.body for told in house.carrier.thread(ON_CALL)] == [True]
    other.answers[:] = [204]
    assert backlog.release(house.line, stored.row.id, house.line.now()) == ["deliver"]
    house.tick()
    assert [stored.state for stored in passed_on(house)] == ["delivered"] and len(other.got) == 4


def test_one_that_is_refused_for_good_is_not_lost_but_set_aside_at_once(
    house: House, other: OtherProgramme
) -> None:
    other.answers[:] = [400]
    by_text(house)
    house.tick(1)
    assert [stored.state for stored in passed_on(house)] == ["parked"]
    assert [one.id for one in house.line.store.parking.listed()] == [told["id"] for told in other.got]


def test_one_that_goes_out_late_takes_back_nothing_that_was_agreed_to_since(
    house: House, other: OtherProgramme
) -> None:
    other.answers[:] = [503, 204]
    by_text(house)
    house.tick(1)
    house.wait(301)
    text(house, "START")
    house.tick(1)
    assert len(other.got) == 2 and methods(house)[-1] == ("passed_on", "feed", "webhook")
    report = consent_proof.proof(house.line, house.contact, house.line.now())
    assert report["may_be_sent"]["conversation"] == {"may": True, "why": "opted_in"}


def test_it_goes_out_although_the_person_was_erased_meanwhile_and_begins_no_new_ledger(
    house: House, other: OtherProgramme
) -> None:
    house.join()
    by_text(house)
    tag, contact = keys.tag_of(house.contact), house.contact
    with redis.Redis.from_url(house.line.settings.redis_url) as client:
        client.delete(keys.address(tag, contact), keys.ledger(tag, contact), keys.session(tag, contact))
    house.tick()
    assert [told["number"] for told in other.got] == [PERSON] and other.forged == 0
    assert house.line.store.turns.ledger(contact) == [] and house.state().opted_out


def test_a_halted_carrier_does_not_hold_it_up(house: House, other: OtherProgramme) -> None:
    house.line.store.signs.halt("account_refused", house.line.now().timestamp() + 3600)
    by_text(house)
    house.tick()
    assert len(other.got) == 1


def test_the_answer_to_a_revocation_waits_for_a_text_under_way_and_none_begins_after_it(
    house: House, other: OtherProgramme, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A hundred reminders, each due in the moment in which the other programme tells of an opt-out."""
    line = house.line
    line.settings.text_segments_per_s = 1e6
    texts = Installation(line, tmp_path_factory.mktemp("unused"))
    written = [texts.write("reminder") for _ in range(100)]
    client = create_app(line).test_client
    with ThreadPoolExecutor(4) as pool:
        for place, (id, person) in enumerate(written):
            sending = pool.submit(_after, (place % 10) / 400, id, house)
            body = body_of(id=f"r-{place}", number=person)
            time.sleep((place // 10) / 400)
            assert (
                client()
                .post("/optouts", data=body, headers=signed(body, now=house.line.now().timestamp()))
                .status_code
                == 204
            )
            asked = len(house.carrier.ledger())
            sending.result()
            assert len(house.carrier.ledger()) == asked, "a POST began after the answer"
    got = [len(house.carrier.thread(person)) for _, person in written]
    assert set(got) == {0, 1}, "both must have been seen"


def _after(wait_s: float, id: str, house: House) -> None:
    time.sleep(wait_s)
    delivery.deliver(house.line, id)
