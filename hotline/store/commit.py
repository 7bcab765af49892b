"""One atomic commit, as the words that commit.lua reads.

May not: reach Redis or decide anything. Used by the turn, by a step of the programme and by the outbox."""

import json
import time
from dataclasses import dataclass

from hotline.settings import Settings
from hotline.store import keys
from hotline.store.pace import DAY_S
from hotline.store.values import Change, Row, Task
from hotline.store.wire import Script, Word

COMMIT = Script("commit")
SESSION_KEPT_S = 9 * 86_400  # cleaning only: what a session still means is decided by its own times
ADDRESS_KEPT_S = 30 * 86_400  # renewed by each turn and each step of a programme
WEEK_KEPT_S = 8 * 86_400  # a text of seven days ago no longer counts, in any zone
_EPOCH = 1_735_689_600  # 2025: keeps the first version of a contact short


@dataclass(frozen=True, slots=True)
class Packer:
    """Packs changes for one installation; its spans are settings."""

    reply_keep_s: int
    seen_keep_s: int
    events_keep_s: int

    @classmethod
    def from_settings(cls, settings: Settings) -> "Packer":
        """The packer of these settings."""
        minutes, hours = max(1, settings.reply_keep_min), max(1, settings.seen_keep_h)
        return cls(minutes * 60, hours * 3600, settings.events_keep_h * 3600)

    def pack(
        self,
        tag: str,
        contact: str,
        version: int | None,
        change: Change,
        now: float,
        message: str,
        reply: bytes,
    ) -> tuple[list[str], list[Word]]:
        """KEYS and ARGV of commit.lua. version None: whatever it is. message: hash of the message's id, ""
        = none."""
        names = _keys(tag, contact, message or "-", int(now) // DAY_S)
        names += [keys.task(tag, _of(tag, task.id)) for task in change.tasks]
        names += [keys.row(tag, _of(tag, row.id)) for row in change.outbox]
        # The server's own time, not `now`: stream ids carry the server's, and this only cleans up.
        real = time.time()
        opt_out = "." if change.opted_out is None else int(change.opted_out)
        head = (
            f"{'.' if version is None else version} {int(real) - _EPOCH} {int(now)} {1 if message else 0} "
            f"{self.reply_keep_s} {SESSION_KEPT_S} {self.seen_keep_s} {ADDRESS_KEPT_S} "
            f"{_score(change.wake_at, change.session)} {_score(change.due_at, change.enrolment)} {opt_out} "
            f"{int((real - self.events_keep_s) * 1000)} "
            f"{len(change.ledger)} {len(change.outbox)} {len(change.tasks)} {WEEK_KEPT_S} {change.segments}"
        )
        words: list[Word] = [contact, head, reply, _told(change.session), _told(change.enrolment)]
        words += [change.address or b"", change.head, change.week, *change.ledger]
        for task in change.tasks:
            words += _task_words(task)
        for row in change.outbox:
            words += _row_words(row)
        for event in filter(None, change.events):
            words += [2 * len(event), *(word for pair in event.items() for word in pair)]
        return names, words


def _keys(tag: str, contact: str, message: str, day: int) -> list[str]:
    return [
        keys.session(tag, contact), keys.enrolments(tag, contact), keys.opt_outs(tag),
        keys.seen(tag, message), keys.reply(tag, message),
        keys.waiting(tag), keys.due(tag), keys.address(tag, contact),
        keys.ledger(tag, contact), keys.events(tag), keys.ring(tag), keys.counts(tag), keys.open_tasks(tag),
        keys.closed_tasks(tag), keys.reminders(tag), keys.week(tag, contact),
        keys.day_use(tag, day),
    ]  # fmt: skip


def _of(tag: str, id: str) -> str:
    """The id, once it is sure that it lies in this shard: a turn must stay in one slot."""
    if keys.tag_of_id(id) != tag:
        raise ValueError("a row or task of a turn needs an id made with the turn's contact (row_id, task_id)")
    return id


def _told(text: str | None) -> str:
    return "-" if text is None else "=" + text


def _score(at: float | None, beside: str | None) -> str:
    """A score; "-" takes it away, where what it belongs to is written without one; "." leaves it."""
    if at is not None and beside != "":
        return repr(float(at))
    return "." if beside is None else "-"


def _row_words(row: Row) -> list[Word]:
    told = [row.language, row.texts, *([row.protocol] if row.protocol else ())]
    text = json.dumps(told, separators=(",", ":"), default=dict)
    words: list[Word] = ["c", row.contact, "p", row.purpose, "nb", row.not_before, "na", row.not_after]
    words += ["look", row.not_before, "d", text]
    if row.guard:
        words += ["g", row.guard]
    return [row.id, row.not_before, row.task, len(words), *words]


def _task_words(task: Task) -> list[Word]:
    words: list[Word] = ["c", task.contact, "r", task.reason, "l", task.level]
    words += ["at", task.made_at, "due", task.due_at]
    if task.sealed:
        words += ["note", task.sealed]
    return [task.id, task.due_at, len(words), *words]
