"""What RQ calls: batches of ids in, nothing out. Everything a job needs to know stands in the store.

A job may run twice, late, or not at all: every step that matters is claimed in the store. May use: the
line. May not: put ids of persons, numbers or words into a log beyond the opaque ids, or send without a
claim."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from hotline import conversation, tasks
from hotline.errors import BackLineError, NoSuchTask, StoreAway
from hotline.line import Line
from workers import delivery, reminding

WORKER = "worker"  # under this name it says that it is alive
_line: list[Line] = []

log = logging.getLogger(__name__)


def use(line: Line) -> None:
    """The line that the jobs of this process, and of those it forks, work for."""
    _line[:] = [line]


def remind(ids: Sequence[str]) -> None:
    """Looks at enrolments (contact ids) that are due:

    a step moves to the outbox, or the next look is set."""
    _each("remind", ids, reminding.remind)


def deliver(ids: Sequence[str]) -> None:
    """Sends or reconciles outbox rows, `send_threads` at a time."""
    _each("deliver", ids, delivery.deliver)


def wake(ids: Sequence[str]) -> None:
    """Looks at open encounters (contact ids) whose wait is over: each gets its nudge or its end."""
    _each("wake", ids, lambda line, id: conversation.wake(line, id, line.now()))


def escalate(ids: Sequence[str]) -> None:
    """Tells whoever is on call of tasks that nobody took."""
    _each("escalate", ids, _escalate)


def _escalate(line: Line, id: str) -> None:
    try:
        tasks.escalate(line.store, line.settings, id, line.now())
    except NoSuchTask:
        log.info("task %s is gone", id)


def _each(job: str, ids: Sequence[str], step: Callable[[Line, str], None]) -> None:
    """Every id on its own: one that fails leaves the others alone and comes back with its lease."""
    line = _current()
    line.store.signs.beat(WORKER)
    with ThreadPoolExecutor(line.settings.send_threads, thread_name_prefix=job) as threads:
        faults = list(threads.map(partial(_guarded, step, line), ids))
    failed = [fault for fault in faults if fault]
    if failed:
        raise JobFailed(f"{job}: {len(failed)} of {len(ids)} failed: {', '.join(sorted(set(failed)))}")


class JobFailed(BackLineError):
    """Some of a batch failed.

    The message counts them and names the kinds of fault; the lease brings them back."""


def _guarded(step: Callable[[Line, str], None], line: Line, id: str) -> str:
    """The name of what went wrong, or "".

    An exception's own words could hold what somebody said: they go nowhere."""
    try:
        step(line, id)
    except StoreAway:
        return StoreAway.__name__
    except Exception as fault:  # noqa: BLE001 - one broken entry must not hold up a whole batch
        where = fault.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        place = f"{where.tb_frame.f_code.co_filename.rpartition('/')[2]}:{where.tb_lineno}" if where else "?"
        log.error("%s failed at %s: %s", step.__name__, place, type(fault).__name__)
        return type(fault).__name__
    return ""


def _current() -> Line:
    if not _line:
        raise RuntimeError(
            "workers.jobs has no line: start it with `python -m workers work`, or call use(line)"
        )
    return _line[0]
