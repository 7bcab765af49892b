"""What staff owe a person, and how whoever is on call hears of it."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask, Response, request
from pydantic import SecretStr

from hotline import tasks
from hotline.errors import TryLater, Undeliverable
from hotline.sealing import Sealer
from hotline.settings import Settings
from hotline.store import Change, Store, Task, open_store
from tests.hotline.phone.lines import PERSON, served

NOW = datetime(2027, 1, 11, 15, tzinfo=UTC)
ON_CALL = "+12025550190"


@pytest.fixture
def settings() -> Settings:
    return Settings(on_call_number=ON_CALL, auth_token=SecretStr("a secret"), send_timeout_s=1.0)


@pytest.fixture
def store(clean_redis: str, settings: Settings) -> Iterator[Store]:
    store = open_store(clean_redis, settings, Sealer.from_settings(settings))
    yield store
    store.close()


@pytest.fixture
def task(settings: Settings) -> Task:
    contact = Sealer.from_settings(settings).contact_of(PERSON)
    return tasks.make(contact, 3, "unfinished", "urgent_today", NOW, due_min=60)


def opened(store: Store, task: Task) -> str:
    store.turns.take(task.contact, "", lambda state: Change(b"", tasks=(task,)), NOW)
    return task.id


def test_the_same_cause_of_an_encounter_is_one_task(task: Task) -> None:
    again = tasks.make(task.contact, 3, "unfinished", "urgent_today", NOW + timedelta(hours=1), 60)
    other = tasks.make(task.contact, 4, "unfinished", "urgent_today", NOW, 60)
    assert again.id == task.id != other.id
    assert task.due_at - task.made_at == 3600


def test_nobody_on_call_means_no_notice(task: Task) -> None:
    assert tasks.notices(Settings(), task, NOW) == ()


def test_a_notice_names_the_task_the_level_and_the_time_and_nobody(settings: Settings, task: Task) -> None:
    (row,) = tasks.notices(settings, task, NOW)
    words = tasks.text_of(row.texts[0][1])
    assert words == f"BackLine task {task.id}, new: urgent_today, due 16:00 UTC. See: hotline tasks"
    assert row.purpose == "staff" and row.contact == "" and len(words) <= 160


def test_each_occasion_is_told_once_by_each_way(settings: Settings, task: Task) -> None:
    both = settings.model_copy(update={"on_call_webhook": "https://desk.example/hook"})
    rows = [*tasks.notices(both, task, NOW), *tasks.notices(both, task, NOW, tasks.UNCLAIMED)]
    again = tasks.notices(both, task, NOW + timedelta(hours=2))
    assert len({row.id for row in rows}) == 4
    assert {row.id for row in again} <= {row.id for row in rows}


def told(store: Store, settings: Settings, task: Task, at: datetime) -> int:
    """How many notices there are in all, once this task was owed (again) at that time."""
    change = Change(b"", tasks=(task,), outbox=tasks.notices(settings, task, at))
    store.turns.take(task.contact, "", lambda state: change, at)
    return store.outbox.counts()["pending"]


def test_a_task_that_is_owed_again_after_it_was_closed_is_told_again(
    store: Store, settings: Settings, task: Task
) -> None:
    later = NOW + timedelta(minutes=5)
    again = tasks.make(task.contact, 3, "unfinished", "urgent_today", later, 60)
    assert [told(store, settings, task, NOW), told(store, settings, again, later)] == [1, 1]
    store.tasks.close(task.id, "Nurse", "called", later)
    assert told(store, settings, again, later) == 2
    assert store.tasks.read(task.id).state == "open"


def test_a_task_that_is_owed_again_at_a_higher_level_rises_and_is_told_and_escalated_again(
    store: Store, settings: Settings, task: Task
) -> None:
    later = NOW + timedelta(minutes=5)
    told(store, settings, task, NOW)
    store.tasks.claim(task.id, "Nurse", NOW)
    higher = tasks.make(task.contact, 3, "unfinished", "emergency_now", later, 15)
    assert told(store, settings, higher, later) == 2
    lower = tasks.make(task.contact, 3, "unfinished", "clinician_soon", later, 5)
    assert told(store, settings, lower, later) == 2
    stored = store.tasks.read(task.id)
    assert (stored.level, stored.state, stored.by, stored.due_at) == (
        "emergency_now", "claimed", "Nurse", higher.due_at
    )  # fmt: skip


def test_a_raised_task_that_nobody_takes_escalates_once_more(
    store: Store, settings: Settings, task: Task
) -> None:
    told(store, settings, task, NOW)
    late = NOW + timedelta(minutes=settings.escalate_after_min)
    assert tasks.escalate(store, settings, task.id, late)
    higher = tasks.make(task.contact, 3, "unfinished", "emergency_now", late, 15)
    told(store, settings, higher, late)
    assert tasks.unclaimed(store, settings, late) == [task.id]
    assert tasks.escalate(store, settings, task.id, late)
    assert store.outbox.counts()["pending"] == 4


def test_an_open_task_escalates_after_the_set_minutes_and_only_once(
    store: Store, settings: Settings, task: Task
) -> None:
    id = opened(store, task)
    assert tasks.unclaimed(store, settings, NOW + timedelta(minutes=14)) == []
    late = NOW + timedelta(minutes=15)
    assert tasks.unclaimed(store, settings, late) == [id]
    assert tasks.escalate(store, settings, id, late)
    assert tasks.unclaimed(store, settings, late) == []
    assert not tasks.escalate(store, settings, id, late)
    assert store.outbox.counts()["pending"] == 1


def test_a_task_that_somebody_took_does_not_escalate(store: Store, settings: Settings, task: Task) -> None:
    id = opened(store, task)
    store.tasks.claim(id, "a nurse", NOW)
    late = NOW + timedelta(hours=2)
    assert tasks.unclaimed(store, settings, late) == []
    assert not tasks.escalate(store, settings, id, late)


def test_the_webhook_gets_ids_only_and_can_check_who_sent_them(settings: Settings, task: Task) -> None:
    got: list[tuple[bytes, str]] = []
    app = Flask("desk")

    @app.post("/hook")
    def hook() -> Response:
        got.append((request.get_data(), request.headers["X-BackLine-Signature"]))
        return Response(status=204)

    with served(app) as url:
        asked = settings.model_copy(update={"on_call_webhook": f"{url}/hook", "on_call_number": ""})
        (row,) = tasks.notices(asked, task, NOW)
        tasks.call_webhook(asked, row.texts[0][1])
    ((body, signature),) = got
    told = {"task": task.id, "level": "urgent_today", "due": "16:00 UTC", "occasion": "made"}
    assert json.loads(body) == told
    assert signature == "sha256=" + hmac.new(b"a secret", body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("status", "expected"), [(503, TryLater), (404, Undeliverable), (302, Undeliverable)]
)
def test_a_webhook_that_is_down_is_tried_again_and_one_that_refuses_is_not(
    settings: Settings, status: int, expected: type[Exception]
) -> None:
    app = Flask("desk")
    app.add_url_rule(
        "/hook", view_func=lambda: Response(status=status, headers={"Location": "/"}), methods=["POST"]
    )
    with served(app) as url, pytest.raises(expected):
        tasks.call_webhook(settings.model_copy(update={"on_call_webhook": f"{url}/hook"}), {"task": "x"})
