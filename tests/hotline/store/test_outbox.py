"""Nobody is texted twice, nobody who opted out is texted, callbacks in any order end right."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from hotline.store import Change, Row, State, Store, row_id
from tests.hotline.store.conftest import NOW, MakeRow, Raw, saying


def after(seconds: float) -> datetime:
    """So many seconds after now."""
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def row(store: Store, contact: str, make_row: MakeRow) -> Row:
    """A pending reminder."""
    pending = make_row()
    store.turns.take(contact, "", saying(outbox=(pending,)), NOW)
    return pending


def state_of(store: Store, row: Row) -> str:
    """The row's state as stored."""
    stored = store.outbox.read(row.id)
    assert stored is not None
    return stored.state


def test_a_row_is_read_back_as_it_was_written_and_its_id_says_nothing(
    store: Store, row: Row, contact: str
) -> None:
    """Texts with their fills, window and purpose; the id stands in a URL of ours."""
    stored = store.outbox.read(row.id)
    assert stored is not None
    assert (stored.row, stored.state) == (row, "pending")
    assert len(row.id) == 24
    assert contact not in row.id
    assert store.outbox.read(row_id(contact, "reminder", "day2", "2026-03-03")) is None


def test_the_same_cause_planned_twice_is_one_text(
    store: Store, contact: str, row: Row, make_row: MakeRow
) -> None:
    """Even after it was sent; another step is another text."""
    claimed = store.outbox.claim(row.id, NOW, 30)
    assert claimed and store.outbox.accepted(row.id, claimed.token, "SM1", NOW)
    store.turns.take(contact, "", saying(outbox=(make_row(), make_row(step="day2"))), NOW)
    assert store.outbox.counts() == {"pending": 1, "sending": 0, "accepted": 1}


def test_a_due_row_is_rung_once_a_lease(store: Store, row: Row, make_row: MakeRow, contact: str) -> None:
    """Not before its time, and again when nobody took it."""
    store.turns.take(contact, "", saying(outbox=(make_row(step="later", wait_s=600),)), NOW)
    assert store.outbox.ring(NOW, 10, 30) == [row.id]
    assert store.outbox.ring(after(29), 10, 30) == []
    assert store.outbox.ring(after(30), 10, 30) == [row.id]


def test_twenty_senders_claim_one_row_and_one_gets_it(store: Store, row: Row, contact: str) -> None:
    """The others are told that it is not theirs; it counts as in flight."""
    with ThreadPoolExecutor(20) as pool:
        claims = [
            claim for claim in pool.map(lambda _: store.outbox.claim(row.id, NOW, 30), range(20)) if claim
        ]
    assert [(claim.state, claim.row, claim.tries) for claim in claims] == [("pending", row, 1)]
    assert store.outbox.in_flight(contact) == 1
    assert store.outbox.holds(row.id, claims[0].token, after(29))
    assert not store.outbox.holds(row.id, claims[0].token, after(31))
    assert store.outbox.accepted(row.id, claims[0].token, "SM1", NOW)
    assert store.outbox.in_flight(contact) == 0
    assert store.outbox.ring(after(899), 10, 30) == []


def test_a_sender_that_died_leaves_an_unknown_that_is_looked_up_not_sent(store: Store, row: Row) -> None:
    """The row is reconciled 120 s after the sending began; who looks it up gets a new token."""
    first = store.outbox.claim(row.id, NOW, 30)
    assert first and store.outbox.holds(row.id, first.token, NOW)
    assert store.outbox.ring(after(31), 10, 30) == [row.id]
    assert store.outbox.claim(row.id, after(31), 30) is None
    assert state_of(store, row) == "unknown"
    assert store.outbox.ring(after(119), 10, 30) == []
    assert store.outbox.ring(after(121), 10, 30) == [row.id]
    look = store.outbox.claim(row.id, after(121), 30)
    assert look is not None
    assert (look.state, look.looks, look.tried_at) == ("unknown", 1, NOW.timestamp())
    assert store.outbox.claim(row.id, after(122), 30) is None, "another one is looking"
    assert not store.outbox.accepted(row.id, first.token, "SM1", after(123)), "fenced off"
    assert not store.outbox.holds(row.id, first.token, after(123))
    assert store.outbox.unknown(row.id, look.token, after(123), after(200).timestamp())
    again = store.outbox.claim(row.id, after(200), 30)
    assert again and again.looks == 2
    assert store.outbox.dropped(row.id, again.token, "not_found", after(200))
    assert state_of(store, row) == "dropped"


def test_a_slow_sender_that_nobody_replaced_may_still_report(store: Store, row: Row) -> None:
    """Its lease ran out but its token is the newest: what it knows is true."""
    claimed = store.outbox.claim(row.id, NOW, 30)
    assert claimed and store.outbox.holds(row.id, claimed.token, NOW)
    store.outbox.claim(row.id, after(31), 30)
    assert store.outbox.accepted(row.id, claimed.token, "SM1", after(32))
    assert state_of(store, row) == "accepted"


def test_an_urgent_text_that_was_not_found_is_sent_again_under_a_new_claim(
    store: Store, contact: str, make_row: MakeRow
) -> None:
    """unknown -> pending -> sending; the old token is worth nothing."""
    row = make_row("urgent")
    store.turns.take(contact, "", saying(outbox=(row,)), NOW)
    first = store.outbox.claim(row.id, NOW, 30)
    assert first and store.outbox.unknown(row.id, first.token, NOW, after(120).timestamp())
    look = store.outbox.claim(row.id, after(120), 30)
    assert look and look.state == "unknown"
    assert store.outbox.later(row.id, look.token, after(121).timestamp(), "not_found", after(120))
    second = store.outbox.claim(row.id, after(121), 30)
    assert second and (second.state, second.tries) == ("pending", 2)
    assert not store.outbox.accepted(row.id, first.token, "SM1", after(122))


def test_a_busy_carrier_puts_a_text_off(store: Store, row: Row) -> None:
    """It is not handed out before, whoever asks for it."""
    first = store.outbox.claim(row.id, NOW, 30)
    assert first and store.outbox.later(row.id, first.token, after(60).timestamp(), "20429", NOW)
    assert store.outbox.claim(row.id, after(59), 30) is None
    assert store.outbox.ring(after(59), 10, 30) == []
    assert store.outbox.ring(after(60), 10, 30) == [row.id]
    assert store.outbox.claim(row.id, after(60), 30) is not None


@pytest.mark.parametrize("purpose", ["reminder", "encounter", "ending"])
def test_a_stop_between_planning_and_sending_drops_the_text(
    store: Store, contact: str, make_row: MakeRow, purpose: str
) -> None:
    """The step that hands it out looks at the opt-out."""
    row = make_row(purpose)
    store.turns.take(contact, "", saying(outbox=(row,)), NOW)
    assert store.outbox.ring(NOW, 10, 30) == [row.id]
    store.turns.take(contact, "SM1", saying(opted_out=True), NOW)
    assert store.outbox.claim(row.id, NOW, 30) is None
    stored = store.outbox.read(row.id)
    assert stored and (stored.state, stored.reason) == ("dropped", "opted_out")
    assert store.outbox.ring(after(9999), 10, 30) == []


def test_a_stop_between_claiming_and_posting_is_seen_by_the_last_look(
    store: Store, row: Row, contact: str
) -> None:
    """The sender asks once more right before the POST; then nobody is waited for."""
    claimed = store.outbox.claim(row.id, NOW, 30)
    assert claimed and store.outbox.holds(row.id, claimed.token, NOW)
    store.turns.take(contact, "SM1", saying(opted_out=True), NOW)
    assert not store.outbox.holds(row.id, claimed.token, NOW)
    assert store.outbox.in_flight(contact) == 0
    stored = store.outbox.read(row.id)
    assert stored and (stored.state, stored.reason) == ("dropped", "opted_out")


@pytest.mark.parametrize(("purpose", "to"), [("urgent", None), ("staff", "")])
def test_an_opt_out_bars_neither_the_urgent_text_nor_the_one_to_staff(
    store: Store, contact: str, make_row: MakeRow, purpose: str, to: str | None
) -> None:
    """Those are not part of the programme."""
    row = make_row(purpose, to=to)
    store.turns.take(contact, "", saying(outbox=(row,), opted_out=True), NOW)
    claimed = store.outbox.claim(row.id, NOW, 30)
    assert claimed and claimed.row == row


def test_no_text_leaves_outside_its_window(store: Store, contact: str, make_row: MakeRow) -> None:
    """Too early it waits, too late it is dropped with the reason."""
    row = make_row(wait_s=600)
    store.turns.take(contact, "", saying(outbox=(row,)), NOW)
    assert store.outbox.claim(row.id, after(599), 30) is None
    assert state_of(store, row) == "pending"
    assert store.outbox.claim(row.id, after(600 + 3601), 30) is None
    stored = store.outbox.read(row.id)
    assert stored and (stored.state, stored.reason) == ("dropped", "too_late")


def test_callbacks_in_any_order_end_in_the_right_state(store: Store, row: Row) -> None:
    """delivered before sent, each twice; a final one stays; a failed one with its code."""
    claimed = store.outbox.claim(row.id, NOW, 30)
    assert claimed and store.outbox.accepted(row.id, claimed.token, "SM1", NOW)
    told = ["queued", "sending", "delivered", "sent", "delivered", "undelivered", "nonsense"]
    applied = [store.outbox.callback(row.id, "SM1", status, "", NOW) for status in told]
    assert applied == [True, True, True, False, False, False, False]
    assert state_of(store, row) == "delivered"


def test_a_callback_before_the_carriers_answer_is_not_undone_by_it(
    store: Store, row: Row, contact: str
) -> None:
    """The answer is taken, the final state stays, and nobody waits for the text any more."""
    claimed = store.outbox.claim(row.id, NOW, 30)
    assert claimed and store.outbox.callback(row.id, "SM1", "undelivered", "30003", NOW)
    assert store.outbox.in_flight(contact) == 0
    assert not store.outbox.later(row.id, claimed.token, 5.0, "busy", NOW)
    assert not store.outbox.unknown(row.id, claimed.token, NOW, 5.0)
    assert store.outbox.accepted(row.id, claimed.token, "SM1", NOW)
    stored = store.outbox.read(row.id)
    assert stored and (stored.state, stored.code, stored.sid) == ("undelivered", "30003", "SM1")


def test_a_callback_settles_an_unknown(store: Store, row: Row) -> None:
    """Then nothing is looked up any more."""
    claimed = store.outbox.claim(row.id, NOW, 30)
    assert claimed and store.outbox.unknown(row.id, claimed.token, NOW, after(120).timestamp())
    assert store.outbox.callback(row.id, "SM1", "sent", "", after(5))
    assert state_of(store, row) == "accepted"
    assert store.outbox.ring(after(900), 10, 30) == []


def test_a_callback_of_another_message_or_an_unknown_row_changes_nothing(
    store: Store, row: Row, contact: str
) -> None:
    """A wrong sid, a row that never was, and an id that is none."""
    claimed = store.outbox.claim(row.id, NOW, 30)
    assert claimed and store.outbox.accepted(row.id, claimed.token, "SM1", NOW)
    assert not store.outbox.callback(row.id, "SM2", "failed", "30005", NOW)
    assert not store.outbox.callback(row_id(contact, "reminder", "x", "y"), "SM1", "sent", "", NOW)
    assert state_of(store, row) == "accepted"
    assert not store.outbox.callback("../../etc", "SM1", "sent", "", NOW)


def test_settled_rows_are_cleaned_away_and_open_ones_never(store: Store, row: Row, raw: Raw) -> None:
    """A week after the end; the counts stay."""
    (key,) = raw.keys("*:b:*")
    assert raw.ttl(key) == -1
    claimed = store.outbox.claim(row.id, NOW, 30)
    assert claimed and store.outbox.callback(row.id, "SM1", "delivered", "", NOW)
    assert 0 < raw.ttl(key) <= 7 * 86_400
    assert store.outbox.counts()["delivered"] == 1


def test_a_text_to_staff_can_be_added_without_a_turn(store: Store) -> None:
    """The clock's escalation; the same one twice is one."""
    row = Row(row_id("", "staff", "task1", "2026-03-02"), "", "staff", (("on_call", {}),), "en", 0.0, 9e9)
    store.outbox.add([row, row], NOW)
    claimed = store.outbox.claim(row.id, NOW, 30)
    assert claimed and claimed.row == row
    assert store.outbox.counts() == {"pending": 0, "sending": 1}


def changing(what: str, told: str) -> Callable[[State], Change]:
    """A turn that writes the session or the enrolment, and not the other."""
    return saying(session=told) if what == "session" else saying(enrolment=told)


@pytest.mark.parametrize("guard", ["session", "enrolment"])
def test_a_text_goes_while_what_it_was_written_for_stands_as_it_was(
    store: Store, contact: str, make_row: MakeRow, guard: str
) -> None:
    """Other changes of the contact leave it alone, and it is read back with its guard."""
    row = replace(make_row(), guard=guard)
    store.turns.take(contact, "", saying(session="[0]", enrolment="[0]", outbox=(row,)), NOW)
    other = {"session": "enrolment", "enrolment": "session"}[guard]
    store.turns.take(contact, "", changing(other, "[1]"), NOW)
    claimed = store.outbox.claim(row.id, NOW, 30)
    assert claimed and claimed.row == row and store.outbox.holds(row.id, claimed.token, NOW)


@pytest.mark.parametrize("told", ["", "[1]", "[0]"])
@pytest.mark.parametrize("guard", ["session", "enrolment"])
def test_a_text_is_dropped_once_what_it_was_written_for_moved_on_or_ended(
    store: Store, contact: str, make_row: MakeRow, guard: str, told: str
) -> None:
    """Before the claim, and between the claim and the POST."""
    early, late = (replace(make_row(step=step), guard=guard) for step in ("day1", "day2"))
    store.turns.take(contact, "", saying(session="[0]", enrolment="[0]", outbox=(early, late)), NOW)
    claimed = store.outbox.claim(late.id, NOW, 30)
    store.turns.take(contact, "SM1", changing(guard, told), NOW)
    assert store.outbox.claim(early.id, NOW, 30) is None
    assert claimed and not store.outbox.holds(late.id, claimed.token, NOW)
    for row in (early, late):
        stored = store.outbox.read(row.id)
        assert stored and (stored.state, stored.reason) == ("dropped", "moved_on")


def test_a_sender_that_died_before_it_began_to_send_is_simply_replaced(store: Store, row: Row) -> None:
    """Nothing can be out: no look-up, and whoever comes back to life is fenced off."""
    first = store.outbox.claim(row.id, NOW, 30)
    second = store.outbox.claim(row.id, after(31), 30)
    assert first and second and (second.state, second.tries) == ("pending", 2)
    assert not store.outbox.holds(row.id, first.token, after(31))
    assert store.outbox.holds(row.id, second.token, after(31))


def test_a_text_whose_end_nobody_told_is_asked_for_until_it_is_known(store: Store, row: Row) -> None:
    """Every callback got lost: the carrier is asked by the text's own id."""
    claimed = store.outbox.claim(row.id, NOW, 30)
    assert claimed and store.outbox.accepted(row.id, claimed.token, "SM1", NOW)
    assert store.outbox.ring(after(900), 10, 30) == [row.id]
    ask = store.outbox.claim(row.id, after(900), 30)
    assert ask and (ask.state, ask.sid, ask.asks) == ("accepted", "SM1", 1)
    assert store.outbox.asked(row.id, ask.token, after(900), after(1800).timestamp())
    again = store.outbox.claim(row.id, after(1800), 30)
    assert again and again.asks == 2 and store.outbox.callback(row.id, "SM1", "delivered", "", after(1800))
    assert store.outbox.ring(after(99_999), 10, 30) == [] and state_of(store, row) == "delivered"


def test_what_follows_for_the_person_is_written_with_its_cause_and_rung_until_done(
    store: Store, row: Row
) -> None:
    """Whoever noted the callback died before it acted: the sweeper brings the row back for that alone."""
    claimed = store.outbox.claim(row.id, NOW, 30)
    assert claimed and store.outbox.accepted(row.id, claimed.token, "SM1", NOW)
    assert store.outbox.callback(row.id, "SM1", "failed", "21610", NOW, "opted_out")
    assert not store.outbox.callback(row.id, "SM1", "failed", "21610", NOW, "opted_out")
    assert store.outbox.ring(after(9), 10, 30) == []
    assert store.outbox.ring(after(10), 10, 30) == [row.id]
    owed = store.outbox.claim(row.id, after(10), 30)
    assert owed and owed.state == "owed"
    assert store.outbox.done(row.id, after(11)) and not store.outbox.done(row.id, after(12))
    assert store.outbox.ring(after(99_999), 10, 30) == [] and state_of(store, row) == "failed"


@pytest.mark.parametrize("out", [False, True])
def test_a_parked_text_is_left_alone_until_staff_release_it(store: Store, row: Row, out: bool) -> None:
    """Where it may be out, it is looked up before anything else."""
    claimed = store.outbox.claim(row.id, NOW, 30)
    assert claimed and (not out or store.outbox.holds(row.id, claimed.token, NOW))
    assert store.outbox.park(row.id, "failed", NOW) and not store.outbox.park(row.id, "failed", NOW)
    assert store.outbox.ring(after(99_999), 10, 30) == []
    assert store.outbox.claim(row.id, after(60), 30) is None
    assert store.outbox.unpark(row.id, after(70)) and not store.outbox.unpark(row.id, after(70))
    back = store.outbox.claim(row.id, after(70), 30)
    assert back and back.state == ("unknown" if out else "pending")


def test_a_person_gets_so_many_segments_a_day_and_an_emergency_always(
    store: Store, contact: str, make_row: MakeRow
) -> None:
    """What was not processed does not count; tomorrow is another day."""
    rows = [make_row(step=step) for step in ("day1", "day2", "day3")]
    urgent = make_row("urgent")
    store.turns.take(contact, "", saying(outbox=(*rows, urgent)), NOW)
    first = store.outbox.claim(rows[0].id, NOW, 30, 70)
    assert first and store.outbox.later(rows[0].id, first.token, after(60).timestamp(), "busy", NOW)
    assert store.outbox.claim(rows[1].id, NOW, 30, 70)
    assert store.outbox.claim(rows[2].id, NOW, 30, 70) is None
    stored = store.outbox.read(rows[2].id)
    assert stored and (stored.state, stored.reason) == ("dropped", "day_is_full")
    assert store.outbox.claim(urgent.id, NOW, 30, 70)


def test_nobody_waits_behind_the_reminders(store: Store, contact: str, make_row: MakeRow) -> None:
    """They have a ring of their own."""
    reminder, urgent = make_row(), make_row("urgent")
    store.turns.take(contact, "", saying(outbox=(reminder, urgent)), NOW)
    assert store.outbox.due(NOW) == (1, 1)
    assert store.outbox.ring(NOW, 1, 30) == [urgent.id]
    assert store.outbox.ring(NOW, 9, 30, reminders=True) == [reminder.id]
    store.outbox.put_off([reminder.id], after(5).timestamp())
    assert store.outbox.ring(after(4), 9, 30) == [] and store.outbox.ring(after(5), 9, 30) == [reminder.id]
