"""What staff owe people: tasks listed, claimed, closed and escalated. Turns and steps open them with their
commit.

May use: the wire, the sealer (a note may name somebody). May not: reach staff; whoever lists them does."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from hotline.errors import NoSuchTask
from hotline.sealing import CannotOpen, Sealer
from hotline.store import keys
from hotline.store.values import Task, task_id
from hotline.store.wire import Script, Wire, Word

__all__ = ["Task", "Tasks", "task_id"]

TASK = Script("task")
Many = list[Task]
CLOSED_KEPT_S = 30 * 86_400


class Tasks:
    """The staff tasks of all shards."""

    def __init__(self, wire: Wire, sealer: Sealer) -> None:
        self._wire, self._sealer = wire, sealer

    def list(self, state: str | None = None) -> Many:
        """The tasks of a state (open, claimed, closed) or all, the soonest due first. Closed ones are kept
        30 days."""
        sets = [keys.open_tasks(tag) for tag in keys.TAGS] if state != "closed" else []
        sets += [keys.closed_tasks(tag) for tag in keys.TAGS] if state in (None, "closed") else []
        found = self._wire.each([("ZRANGE", key, 0, -1) for key in sets])
        return [task for task in self._load(found) if state in (None, task.state)]

    def read(self, id: str) -> Task:
        """One task. Raises NoSuchTask."""
        try:
            found = self._load([[id.encode()]])
        except ValueError:
            found = []
        if not found:
            raise NoSuchTask(f"there is no task {id}: `hotline tasks` lists them")
        return found[0]

    def claim(self, id: str, by: str, now: datetime) -> Task:
        """Takes an open task; the task as it stands then. Raises NoSuchTask: there is none, or it is not
        open."""
        self._step("claim", id, now, by)
        return self.read(id)

    def close(self, id: str, by: str, note: str, now: datetime) -> Task:
        """Closes an open or claimed task with a note. Raises NoSuchTask: there is none, or it is closed."""
        task = self.read(id)
        whole = "\n".join(filter(None, (task.note, note)))
        sealed = self._sealer.seal(task.contact, "task:" + id, whole.encode()) if note else b""
        self._step("close", id, now, by, sealed)
        return self.read(id)

    def overdue(self, now: datetime) -> Many:
        """Open tasks that nobody claimed, past due and not yet escalated, the oldest first."""
        ask = [("ZRANGEBYSCORE", keys.open_tasks(tag), "-inf", now.timestamp()) for tag in keys.TAGS]
        late = self._load(self._wire.each(ask))
        return [task for task in late if task.state == "open" and not task.escalated_at]

    def escalated(self, id: str, now: datetime) -> bool:
        """Marks a task as escalated; False: it was, or is no longer open. Only who gets True sounds the
        alarm."""
        return bool(self._script("escalated", id, now, "", b""))

    def _step(self, verb: str, id: str, now: datetime, by: str, note: bytes = b"") -> None:
        try:
            done = self._script(verb, id, now, by, note)
        except ValueError:
            done = 0
        if not done:
            raise NoSuchTask(f"task {id} is missing or in another state: `hotline tasks` lists them")

    def _script(self, verb: str, id: str, now: datetime, by: str, note: bytes) -> Any:
        tag = keys.tag_of_id(id)
        names = [keys.task(tag, id), keys.open_tasks(tag), keys.closed_tasks(tag)]
        words: tuple[Word, ...] = (verb, id, now.timestamp(), by, note, CLOSED_KEPT_S)
        return self._wire.script(TASK, names, words)

    def _load(self, found: Iterable[Any]) -> Many:
        ids = [member.decode() for members in found for member in members]
        told = self._wire.each([("HGETALL", keys.task(keys.tag_of_id(id), id)) for id in ids])
        tasks = [self._task(id, held) for id, held in zip(ids, told, strict=True) if held]
        return sorted(tasks, key=lambda task: (task.due_at, task.id))

    def _task(self, id: str, held: dict[bytes, bytes]) -> Task:
        def text(name: bytes) -> str:
            return held.get(name, b"").decode()

        return Task(
            id, text(b"c"), text(b"r"), text(b"l"), float(held[b"at"]), float(held[b"due"]), text(b"s"),
            text(b"by"), self._note(text(b"c"), id, held.get(b"note", b"")), float(held.get(b"esc", 0)),
        )  # fmt: skip

    def _note(self, contact: str, id: str, sealed: bytes) -> str:
        try:
            return self._sealer.open(contact, "task:" + id, sealed).decode() if sealed else ""
        except CannotOpen:
            return "(sealed under a key that is not known here)"
