"""What staff see of their tasks."""

from datetime import timedelta

import pytest

from hotline.errors import NoSuchTask
from hotline.store import Store, Task, task_id
from tests.hotline.store.conftest import NOW, saying


@pytest.fixture
def task(store: Store, contact: str) -> Task:
    """An open task, due in 15 minutes."""
    due = NOW.timestamp() + 900
    made = Task(
        task_id(contact, 1, "raised_flag"), contact, "raised_flag", "emergency_now", NOW.timestamp(), due
    )
    store.turns.take(contact, "", saying(tasks=(made,)), NOW)
    return made


def test_the_same_cause_makes_one_task(store: Store, contact: str, task: Task) -> None:
    """Another encounter or another reason makes another; the soonest due stands first."""
    sooner = Task(task_id(contact, 2, "raised_flag"), contact, "raised_flag", "urgent_today", 1.0, 2.0)
    store.turns.take(contact, "", saying(tasks=(task, sooner)), NOW)
    assert store.tasks.list() == [sooner, task]


def test_a_task_is_claimed_by_one_and_closed_with_a_note(store: Store, task: Task) -> None:
    """The second one to claim is told no; a closed one leaves the open list but is still found."""
    assert store.tasks.claim(task.id, "ann", NOW).by == "ann"
    with pytest.raises(NoSuchTask):
        store.tasks.claim(task.id, "bob", NOW)
    closed = store.tasks.close(task.id, "ann", "spoke with her", NOW)
    assert (closed.state, closed.by, closed.note) == ("closed", "ann", "spoke with her")
    with pytest.raises(NoSuchTask):
        store.tasks.close(task.id, "bob", "", NOW)
    assert store.tasks.list("open") == store.tasks.list("claimed") == []
    assert store.tasks.list("closed") == store.tasks.list() == [closed]


def test_a_cause_that_comes_back_after_closing_opens_the_task_again(
    store: Store, contact: str, task: Task
) -> None:
    """Without the old note."""
    store.tasks.close(task.id, "ann", "done", NOW)
    store.turns.take(contact, "", saying(tasks=(task,)), NOW)
    assert store.tasks.list() == [task]


def test_an_unclaimed_task_escalates_once(store: Store, task: Task) -> None:
    """Not before it is due, and only the first to mark it sounds the alarm."""
    late = NOW + timedelta(minutes=16)
    assert store.tasks.overdue(NOW) == []
    assert store.tasks.overdue(late) == [task]
    assert [store.tasks.escalated(task.id, late), store.tasks.escalated(task.id, late)] == [True, False]
    assert store.tasks.overdue(late) == []
    assert store.tasks.read(task.id).escalated_at == late.timestamp()


def test_a_claimed_task_does_not_escalate(store: Store, task: Task) -> None:
    """Somebody is on it."""
    store.tasks.claim(task.id, "ann", NOW)
    assert store.tasks.overdue(NOW + timedelta(hours=1)) == []
    assert not store.tasks.escalated(task.id, NOW)


@pytest.mark.parametrize("id", ["", "nonsense", "zz" + "a" * 22, "00" + "a" * 22])
def test_a_mistyped_task_is_refused_with_what_to_do(store: Store, id: str) -> None:
    """Whatever somebody typed."""
    with pytest.raises(NoSuchTask, match="hotline tasks"):
        store.tasks.claim(id, "ann", NOW)
    with pytest.raises(NoSuchTask, match="hotline tasks"):
        store.tasks.close(id, "ann", "x", NOW)
