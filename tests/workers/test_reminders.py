"""From the due set to the phone: clock, RQ, outbox, twilio-python and the stand-in carrier."""

import time
from dataclasses import replace

import pytest

from flows.enrolment import Enrolment
from flows.programme import checkin_of
from hotline import opting_out
from hotline.channels import sms
from hotline.consent import Decision, Entry, Purpose, permits, record
from hotline.conversation import take_turn
from hotline.line import open_line
from hotline.playing import Texter
from tests.hotline.phone.lines import PERSON
from tests.workers.conftest import House
from workers import clock, jobs, reminding

SELF_CARE = ("BACK", "no", "no", "no", "1", "1", "1", "none", "40", "3", "1")


def test_the_day_after_joining_the_person_gets_the_first_checkin(house: House) -> None:
    house.join()
    house.tick()
    assert house.texts() == []
    house.go_to(1)
    house.tick()
    assert len(house.texts()) == 1 and house.texts()[0].startswith("BackLine day 1: Is your back 1 better")
    waiting = checkin_of(
        house.line.protocol.programme, Enrolment.decode(house.state().enrolment), house.line.now()
    )
    assert waiting is not None and (waiting.id, waiting.day) == ("checkin", 1)


def test_a_second_look_on_the_same_day_sends_nothing_more(house: House) -> None:
    house.join()
    house.go_to(1)
    house.tick(2)
    for minute in (12 * 60, 15 * 60, 18 * 60):
        house.go_to(1, minute)
        house.tick(1)
    assert len(house.texts()) == 1


def test_nothing_leaves_at_night(house: House) -> None:
    house.join()
    house.go_to(1, 4 * 60)
    house.tick()
    house.go_to(1, 23 * 60)
    house.tick()
    assert house.texts() == []
    house.go_to(2, 9 * 60 + 1)
    house.tick()
    assert len(house.texts()) == 1


def test_the_whole_programme_without_a_reply_ends_with_the_goodbye(house: House) -> None:
    house.join()
    for day in range(1, 12):
        house.go_to(day, 17 * 60)
        house.tick(2)
    assert len(house.texts()) == 9
    assert house.texts()[-1].startswith("BackLine: We did not hear back, so texts end here")
    assert house.state().enrolment == "" and house.line.store.due.count() == 0


def test_somebody_who_opted_out_gets_nothing_and_leaves_the_programme(house: House) -> None:
    house.join()
    house.go_to(1)
    house.change(opted_out=True)
    house.tick()
    assert house.texts() == [] and house.state().enrolment == ""


def test_an_opt_out_after_the_row_was_written_still_stops_the_text(house: House) -> None:
    house.join()
    house.go_to(1)
    reminding.remind(house.line, house.contact)
    house.change(opted_out=True)
    house.tick()
    assert house.texts() == []
    assert house.line.store.outbox.counts()["dropped"] == 1


def test_without_an_entry_in_the_ledger_no_reminder_leaves(house: House) -> None:
    house.join(consent=False)
    house.go_to(1)
    house.tick()
    assert house.texts() == [] and house.state().enrolment == ""


def test_a_broken_enrolment_is_closed_and_staff_are_told(house: House) -> None:
    house.join()
    house.change(enrolment="broken", due_at=house.line.now().timestamp())
    house.tick()
    assert house.state().enrolment == ""
    assert [task.reason for task in house.line.store.tasks.list("open")] == ["BadEnrolment"]


def test_jobs_carry_ids_only_and_are_read_as_json(house: House) -> None:
    house.join()
    house.go_to(1)
    assert clock.beat(house.line, house.queue, house.line.now())["remind"] == 1
    (job,) = house.queue.jobs
    assert job.args == ([house.contact],) or job.args == [[house.contact]]
    assert job.description == "remind 1"
    assert PERSON not in str(job.data)


def test_two_clocks_hand_an_enrolment_out_once(house: House) -> None:
    house.join()
    house.go_to(1)
    found = [clock.beat(house.line, house.queue, house.line.now())["remind"] for _ in range(3)]
    assert found == [1, 0, 0]


def test_a_job_that_was_lost_is_rung_again_when_its_lease_ends(house: House) -> None:
    house.join()
    house.go_to(1)
    clock.beat(house.line, house.queue, house.line.now())
    house.queue.connection.delete(house.queue.key)
    house.wait(house.line.settings.lease_s + 1)
    house.tick()
    assert len(house.texts()) == 1


def test_the_clock_and_the_worker_leave_a_sign_of_life(house: House) -> None:
    house.join()
    house.tick()
    beats = house.line.store.signs.beats()
    assert set(beats) == {"clock", "worker"}
    assert abs(beats["clock"] - time.time()) < 60  # the machine's time: the line's was moved


def test_one_broken_entry_does_not_hold_up_the_others(house: House) -> None:
    house.join()
    house.go_to(1)
    with pytest.raises(jobs.JobFailed, match="1 of 2 failed: ValueError"):
        jobs.remind(["nonsense", house.contact])
    house.tick()
    assert len(house.texts()) == 1


def test_a_carrier_that_knows_of_an_opt_out_is_believed(house: House) -> None:
    house.join()
    house.go_to(1)
    house.carrier.opted_out.add(PERSON)
    house.tick()
    assert house.texts() == [] and house.state().opted_out and house.state().enrolment == ""
    ledger = house.line.store.turns.ledger(house.contact)
    assert permits(ledger, Purpose.reminders, house.line.now()).reason == "withdrawn"


def planned(house: House) -> None:
    """The first check-in stands in the outbox and has not left."""
    house.join()
    house.go_to(1)
    reminding.remind(house.line, house.contact)
    assert house.line.store.outbox.counts()["pending"] == 1


def dropped_for(house: House) -> str:
    """Why the one row was dropped, as the log of the store has it."""
    (id,) = {event["row"] for event in events(house) if event.get("kind") == "reminder_due"}
    stored = house.line.store.outbox.read(id)
    assert stored is not None
    return stored.reason


def events(house: House) -> list[dict[str, str]]:
    shard = house.line.sealer.shard_of(house.contact)
    return [event for _, event in house.line.store.turns.events(shard)]


def entry(house: House, purpose: Purpose, decision: Decision) -> str:
    return record(Entry(purpose, decision, house.line.now(), "sms", "text"))


def test_stop_and_then_start_revive_no_text_that_was_waiting(house: House) -> None:
    planned(house)
    house.change(opted_out=True, enrolment="", ledger=(entry(house, Purpose.everything, Decision.withdrawn),))
    house.change(opted_out=False, ledger=(entry(house, Purpose.conversation, Decision.granted),))
    house.tick()
    assert house.texts() == [] and dropped_for(house) == "moved_on"


def test_whoever_stops_and_joins_anew_gets_no_text_of_the_programme_before(house: House) -> None:
    planned(house)
    house.change(opted_out=True, enrolment="", ledger=(entry(house, Purpose.everything, Decision.withdrawn),))
    house.change(opted_out=False)
    house.wait(60)
    house.join()
    house.tick()
    assert house.texts() == [] and dropped_for(house) == "moved_on"


def test_an_emergency_that_ended_the_programme_holds_back_its_waiting_text(house: House) -> None:
    planned(house)
    house.change(session="[]", enrolment="")
    house.tick()
    assert house.texts() == [] and dropped_for(house) == "moved_on"


def test_a_text_of_another_kind_and_a_second_look_leave_the_reminder_alone(house: House) -> None:
    planned(house)
    house.change(session="[]")
    reminding.remind(house.line, house.contact)
    house.tick()
    assert len(house.texts()) == 1


def test_an_opt_in_withdrawn_in_the_ledger_alone_is_seen_when_sending(house: House) -> None:
    planned(house)
    house.change(ledger=(entry(house, Purpose.reminders, Decision.withdrawn),))
    house.tick()
    assert house.texts() == [] and dropped_for(house) == "withdrawn"


def test_a_ledger_that_cannot_be_read_sends_nothing(house: House) -> None:
    planned(house)
    house.change(ledger=("{}",))
    house.tick()
    assert house.texts() == [] and dropped_for(house) == "BadLedger"


def test_the_goodbye_is_not_sent_to_somebody_who_wrote_meanwhile(house: House) -> None:
    house.join()
    for day in range(1, 9):
        house.go_to(day, 17 * 60)
        house.tick(2)
    told = house.texts()
    house.go_to(9, 17 * 60)
    reminding.remind(house.line, house.contact)
    assert house.state().enrolment == "" and house.line.store.outbox.counts()["pending"] == 1
    house.change(session="[]")
    house.tick()
    assert house.texts() == told and house.line.store.outbox.counts()["dropped"] == 1


def kinds(house: House, kind: str) -> list[dict[str, str]]:
    return [event for event in events(house) if event.get("kind") == kind]


def changed(house: House, **what: object) -> None:
    enrolment = replace(Enrolment.decode(house.state().enrolment), **what)  # type: ignore[arg-type]
    house.change(enrolment=enrolment.encode(), due_at=house.line.now().timestamp())


def test_worse_and_then_silence_is_unfinished_and_a_task_never_the_goodbye(house: House) -> None:
    house.join()
    house.go_to(1)
    house.tick()
    changed(house, asks="", held_at=int(house.line.now().timestamp()))
    told = house.texts()
    house.go_to(3)
    house.tick()
    assert house.texts() == told and house.state().enrolment == ""
    assert [event["reason"] for event in kinds(house, "programme_ended")] == ["unfinished"]
    assert [task.reason for task in house.line.store.tasks.list("open")] == ["worse_then_silent"]


def test_a_zone_that_was_dropped_from_the_tables_leaves_the_persons_own_morning(house: House) -> None:
    house.join()
    changed(house, zones="America/Atlantis")
    house.go_to(1)
    house.tick()
    assert len(house.texts()) == 1  # 10:30 in New York, where the number is; half past five in Honolulu


def test_a_text_may_be_delivered_until_the_end_of_the_hours_and_no_longer(house: House) -> None:
    house.join()
    house.go_to(1, 17 * 60)
    house.tick()
    (message,) = [one for one in house.carrier.thread(PERSON) if not one.inbound]
    assert message.validity_s is not None and 0 <= 3 * 3600 - message.validity_s <= 60


def test_a_reply_to_a_checkin_is_recorded_as_an_outcome_of_its_day(house: House) -> None:
    house.join()
    house.go_to(1)
    house.tick()
    form = {"From": PERSON, "To": house.line.settings.text_sender, "Body": "1", "MessageSid": "SM" + "7" * 32}
    take_turn(house.line, sms, sms.read(form), house.line.now())
    (outcome,) = kinds(house, "outcome")
    assert (outcome["checkin"], outcome["day"], outcome["meaning"]) == ("checkin", "1", "better")


@pytest.mark.parametrize("how", ["STOP", "staff"])
def test_the_week_goes_on_counting_for_who_stops_and_joins_again(house: House, how: str) -> None:
    """Two texts a week: both left before; the day after joining again nothing may."""
    house.line = open_line(house.line.settings.model_copy(update={"weekly_cap": 2}))
    jobs.use(house.line)
    house.go_to(0, 12 * 60)
    person = Texter(house.line, house.line.now(), PERSON)
    for text in (*SELF_CARE, "JOIN"):
        person.text(text)
    for day in (1, 2, 3):
        house.go_to(day)
        house.tick()
    told = len(house.texts())
    assert told == 2
    person.at = house.line.now()
    if how == "STOP":
        person.text("STOP")
    else:
        opting_out.opt_out(house.line, house.contact, "staff", "staff", "Ada", house.line.now())
    assert house.state().week and not house.state().enrolment
    for text in (*SELF_CARE, "JOIN"):
        person.text(text)
    house.go_to(4)
    house.tick()
    assert house.state().enrolment and len(house.texts()) == told
    for day in range(5, 12):
        house.go_to(day)
        house.tick()
    assert len(house.texts()) > told
    house.line.store.close()
