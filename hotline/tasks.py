"""What staff owe a person: making tasks, telling whoever is on call, and telling again where nobody takes
one.

The notices are outbox rows of purpose `staff`, in the same commit as the task: none is lost, none is told
twice. They carry ids and levels only. May not: know Redis, or why a task is owed (the engine's effects
say)."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta

import requests

from hotline.errors import OutboundError, TryLater, Undeliverable
from hotline.settings import Settings
from hotline.store import Row, Store, Task, row_id, task_id

TEXT, WEBHOOK = "on_call_text", "on_call_webhook"  # what a staff row holds in place of a text's key
MADE, UNCLAIMED = "made", "unclaimed"
PURPOSE = "staff"
_TOLD_WITHIN = timedelta(hours=24)
_LOOK_AHEAD = timedelta(days=8)


def make(contact: str, encounter: str | int, reason: str, level: str, now: datetime, due_min: int) -> Task:
    """A task for a person. The same reason of one encounter is the same task, however often it is made.

    due_min: minutes until somebody should have acted."""
    made_at = now.timestamp()
    return Task(task_id(contact, encounter, reason), contact, reason, level, made_at, made_at + due_min * 60)


def notices(settings: Settings, task: Task, now: datetime, occasion: str = MADE) -> tuple[Row, ...]:
    """The outbox rows that tell whoever is on call, by the settings: a text, a webhook, both or none.

    Beside a task that is made they are written only where it is opened, or raised to a higher level."""
    ways = [(TEXT, settings.on_call_number), (WEBHOOK, settings.on_call_webhook)]
    due = datetime.fromtimestamp(task.due_at, now.tzinfo).strftime("%H:%M UTC")
    fill = {"task": task.id, "level": task.level, "due": due, "occasion": occasion}
    until = (now + _TOLD_WITHIN).timestamp()
    opening = f"{task.id}:{task.made_at}:{task.level}"  # staff may close it, and it is owed once more
    return tuple(
        Row(
            row_id(task.contact, PURPOSE, f"{opening}:{occasion}:{way}", ""), "", PURPOSE, ((way, fill),),
            "en", now.timestamp(), until, task=task.id if occasion == MADE else "",
        )
        for way, address in ways
        if address
    )  # fmt: skip


def text_of(fill: Mapping[str, str]) -> str:
    """The words of a notice by text: for staff, so they are no text of the protocol."""
    word = "NOT TAKEN YET" if fill["occasion"] == UNCLAIMED else "new"
    return f"BackLine task {fill['task']}, {word}: {fill['level']}, due {fill['due']}. See: hotline tasks"


def call_webhook(settings: Settings, fill: Mapping[str, str]) -> None:
    """Posts a notice to the on-call webhook: JSON with the task's id, the level, the time it is due and
    the occasion.

    Signed: header X-BackLine-Signature is sha256= and the HMAC-SHA256 of the body under the auth token.
    Raises TryLater: no answer or 5xx (a notice is safe to get twice); Undeliverable: it was refused."""
    body = json.dumps(dict(fill), sort_keys=True).encode()
    secret = settings.auth_token.get_secret_value().encode()
    signed = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-BackLine-Signature": signed}
    try:
        answer = requests.post(
            settings.on_call_webhook,
            body,
            headers=headers,
            timeout=settings.send_timeout_s,
            allow_redirects=False,
        )
    except requests.RequestException as fault:
        raise TryLater(f"the on-call webhook does not answer ({type(fault).__name__})") from None
    refused: type[OutboundError] = TryLater if answer.status_code >= 500 else Undeliverable
    if not answer.ok or answer.is_redirect:
        raise refused(f"the on-call webhook answered {answer.status_code}")


def unclaimed(store: Store, settings: Settings, now: datetime) -> list[str]:
    """The ids of open tasks that nobody took within `escalate_after_min`, or by the time they are due.

    StoreAway."""
    patience_s = settings.escalate_after_min * 60
    found = store.tasks.overdue(now + _LOOK_AHEAD)
    return [task.id for task in found if now.timestamp() >= min(task.due_at, task.made_at + patience_s)]


def escalate(store: Store, settings: Settings, id: str, now: datetime) -> bool:
    """Tells whoever is on call once more, and marks the task; False: it was escalated or taken before.
    StoreAway.

    The notice is written before the mark: a crash between the two tells nobody twice, as the row's id is
    the same."""
    task = store.tasks.read(id)
    if task.state != "open" or task.escalated_at:
        return False
    store.outbox.add(notices(settings, task, now, UNCLAIMED), now)
    return store.tasks.escalated(id, now)
