"""Enrolments come due once, and a step stands only on the state it was decided on."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from hotline.sealing import Sealer
from hotline.store import Store, Task, task_id
from tests.hotline.store.conftest import NOW, MakeRow, saying


@pytest.fixture
def crowd(store: Store, sealer: Sealer) -> list[str]:
    """300 enrolled people, due one second after the other."""
    contacts = [sealer.contact_of(f"+1202555{number:04}") for number in range(300)]
    for place, contact in enumerate(contacts):
        store.turns.take(contact, "", saying(enrolment="[0]", due_at=NOW.timestamp() + place), NOW)
    return contacts


def test_each_due_contact_is_handed_out_once_even_to_four_clocks(store: Store, crowd: list[str]) -> None:
    """Two beats never take the same person, and nobody is forgotten."""
    then = NOW + timedelta(seconds=299)
    with ThreadPoolExecutor(4) as pool:
        handed = [one for batch in pool.map(lambda _: claims(store, 30), range(4)) for one in batch]
    assert sorted(handed) == sorted(crowd)
    assert store.due.claim(then, 100, 30) == []
    assert store.due.count() == 300


def claims(store: Store, lease_s: float) -> list[str]:
    """What one clock takes in batches of 40 until nothing is left for it."""
    taken: list[str] = []
    while batch := store.due.claim(NOW + timedelta(seconds=299), 40, lease_s):
        assert len(batch) <= 40
        taken += batch
    return taken


def test_only_those_who_are_due_come_and_a_dead_holder_gives_them_back(
    store: Store, crowd: list[str]
) -> None:
    """99 seconds in, one hundred; again after the lease."""
    then = NOW + timedelta(seconds=99)
    assert sorted(store.due.claim(then, 1000, 30)) == sorted(crowd[:100])
    after = then + timedelta(seconds=31)
    assert sorted(store.due.claim(after, 1000, 30)) == sorted(crowd[:131])


def test_the_oldest_overdue_score_is_told(store: Store, crowd: list[str]) -> None:
    """For the metrics: nothing is late before the first."""
    assert store.due.late(NOW - timedelta(seconds=1)) is None
    assert store.due.late(NOW + timedelta(seconds=200)) == NOW.timestamp()


def test_a_step_moves_the_programme_on_and_writes_its_text(
    store: Store, contact: str, make_row: MakeRow, sealer: Sealer
) -> None:
    """Enrolment, next score, row, task and event in one step."""
    store.turns.take(contact, "", saying(enrolment="[0]", due_at=NOW.timestamp()), NOW)
    task = Task(task_id(contact, 1, "silent"), contact, "silent", "urgent_today", 1.0, 2.0)
    version = store.due.read(contact).version
    tomorrow = NOW.timestamp() + 86_400
    assert store.due.step(contact, version, "[1]", tomorrow, [make_row()], [task], [{"step": "1"}], NOW)
    assert store.due.read(contact).enrolment == "[1]"
    assert store.due.claim(NOW + timedelta(hours=23), 10, 5) == []
    assert store.due.claim(NOW + timedelta(hours=24), 10, 5) == [contact]
    assert store.outbox.ring(NOW, 10, 5) == [make_row().id]
    assert [open.id for open in store.tasks.list("open")] == [task.id]
    assert store.turns.events(sealer.shard_of(contact))[0][1] == {"step": "1"}


def test_a_stop_between_reading_and_stepping_is_noticed(
    store: Store, contact: str, make_row: MakeRow
) -> None:
    """The step changes nothing and is read again."""
    store.turns.take(contact, "", saying(enrolment="[0]", due_at=1.0), NOW)
    version = store.due.read(contact).version
    store.turns.take(contact, "SM1", saying(opted_out=True, enrolment=""), NOW)
    assert not store.due.step(contact, version, "[1]", 5.0, [make_row()], [], [], NOW)
    assert store.due.read(contact).enrolment == ""
    assert store.outbox.counts() == {}


def test_an_ended_enrolment_is_never_due_again(store: Store, contact: str) -> None:
    """Deleted, or kept without a next time."""
    store.turns.take(contact, "", saying(enrolment="[0]", due_at=1.0), NOW)
    assert store.due.step(contact, store.due.read(contact).version, "", 5.0, [], [], [], NOW)
    assert (store.due.count(), store.due.read(contact).enrolment) == (0, "")
    assert store.due.step(contact, store.due.read(contact).version, "[9]", None, [], [], [], NOW)
    assert (store.due.count(), store.due.read(contact).enrolment) == (0, "[9]")
