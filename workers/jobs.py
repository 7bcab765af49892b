"""What RQ calls: batches of ids in, nothing out. Everything a job needs to know stands in the store.

A job may run twice, late, or not at all: every step that matters is claimed in the store. What fails again
and again is set aside with an alarm. May use: the line. May not: put numbers or words into a log, only
opaque ids, or send without a claim."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from hotline import backlog, conversation, tasks
from hotline.errors import BackLineError, NoSuchTask, StoreAway
from hotline.line import Line
from workers import delivery, reminding
from workers.clock import WORKER

_line: list[Line] = []
_ending = threading.Event()

log = logging.getLogger(__name__)


def use(line: Line) -> None:
    """The line that the jobs of this process, and of those it forks, work for."""
    _line[:] = [line]
    _ending.clear()


def end_soon() -> None:
    """The job of this process begins nothing more: what is under way is finished, the rest is given back."""
    _ending.set()


def remind(ids: Sequence[str]) -> None:
    """Looks at enrolments (contact ids) that are due:

    a step moves to the outbox, or the next look is set."""
    _each(backlog.REMIND, ids, lambda line, id, _: reminding.remind(line, id))


def deliver(ids: Sequence[str]) -> None:
    """Sends or reconciles outbox rows, `send_threads` at a time."""
    _each(backlog.DELIVER, ids, delivery.deliver)


def wake(ids: Sequence[str]) -> None:
    """Looks at open encounters (contact ids) whose wait is over: each gets its nudge or its end."""
    _each(backlog.WAKE, ids, lambda line, id, _: conversation.wake(line, id, line.now()))


def escalate(ids: Sequence[str]) -> None:
    """Tells whoever is on call of tasks that nobody took."""
    _each(backlog.ESCALATE, ids, _escalate)


class JobFailed(BackLineError):
    """Some of a batch failed.

    The message counts them and names the kinds of fault; the lease brings them back."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """One job at work. until: the monotonic time after which it begins nothing more."""

    line: Line
    job: str
    step: Callable[[Line, str, float], None]
    until: float

    def run(self, ids: Sequence[str], threads: int) -> list[str]:
        """The names of what went wrong. Each id is counted before it is begun, so that one whose fault kills
        the whole process is found out too."""
        parking = self.line.store.parking
        parking.begin(self.job, ids)
        with ThreadPoolExecutor(threads, thread_name_prefix=self.job) as pool:
            faults = dict(zip(ids, pool.map(partial(_guarded, self), ids), strict=True))
        blameless = ("", _NOT_BEGUN, StoreAway.__name__)
        parking.well(self.job, [id for id, fault in faults.items() if fault in blameless])
        if unbegun := [id for id, fault in faults.items() if fault == _NOT_BEGUN]:
            backlog.give_back(self.line, self.job, unbegun, self.line.now().timestamp())
        return [fault for fault in faults.values() if fault not in ("", _NOT_BEGUN)]


_NOT_BEGUN = "not begun"


def _each(job: str, ids: Sequence[str], step: Callable[[Line, str, float], None]) -> None:
    """Every id on its own: one that fails leaves the others alone and comes back with its lease.

    Those that did not end well before go one after the other, the least often tried first: what kills this
    process takes no other with it twice."""
    line = _current()
    line.store.signs.beat(WORKER)
    batch = _Batch(line, job, step, time.monotonic() + line.settings.lease_s / 2)
    fresh, suspects = _sorted_out(line, job, ids)
    faults = batch.run(fresh, line.settings.send_threads) if fresh else []
    for id in suspects:
        faults += batch.run([id], 1)
    if faults:
        raise JobFailed(f"{job}: {len(faults)} of {len(ids)} failed: {', '.join(sorted(set(faults)))}")


def _sorted_out(line: Line, job: str, ids: Sequence[str]) -> tuple[list[str], list[str]]:
    """Those never tried in vain, and the others; who was tried too often is set aside."""
    tries = dict(zip(ids, line.store.parking.tries(job, ids), strict=True))
    for id in [id for id, count in tries.items() if count >= line.settings.park_after]:
        del tries[id]
        backlog.set_aside(line, job, id, "failed_again_and_again", line.now())
        log.error("%s: %s failed again and again and was set aside", job, id)
    fresh = [id for id, count in tries.items() if not count]
    return fresh, sorted((id for id, count in tries.items() if count), key=lambda id: tries[id])


def _guarded(batch: _Batch, id: str) -> str:
    """The name of what went wrong, or "".

    An exception's own words could hold what somebody said: they go nowhere."""
    if _ending.is_set() or time.monotonic() > batch.until:
        return _NOT_BEGUN
    try:
        batch.step(batch.line, id, batch.until)
    except StoreAway:
        return StoreAway.__name__
    except Exception as fault:  # noqa: BLE001 - one broken entry must not hold up a whole batch
        where = fault.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        place = f"{where.tb_frame.f_code.co_filename.rpartition('/')[2]}:{where.tb_lineno}" if where else "?"
        log.error("%s failed at %s: %s", batch.job, place, type(fault).__name__)
        return type(fault).__name__
    return ""


def _escalate(line: Line, id: str, _: float) -> None:
    try:
        tasks.escalate(line.store, line.settings, id, line.now())
    except NoSuchTask:
        log.info("task %s is gone", id)


def _current() -> Line:
    if not _line:
        raise RuntimeError(
            "workers.jobs has no line: start it with `python -m workers work`, or call use(line)"
        )
    return _line[0]
