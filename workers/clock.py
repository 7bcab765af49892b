"""The clock: it looks at what has come due, and rings. It decides nothing, and sends one thing only: the
alarm that no worker comes, because nobody else would.

Of any number of clocks one acts, by a lease. Each thing is leased too as it is found, so two beats hand it
out once; a job that is lost gives it back when the lease ends. RQ is the doorbell, the store is the ledger:
losing the queue loses nothing. May use: the store, rq. May not: put anything but ids into a job."""

import logging
import math
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from rq import Queue
from rq.serializers import JSONSerializer

from hotline import alarms, tasks
from hotline.errors import StoreAway
from hotline.line import Line
from hotline.store import answering, connect
from workers import delivery

QUEUE = "backline"
LEASED = (
    "deliver",
    "remind",
    "wake",
)  # what a look hands out once; an unclaimed task stays until it is marked
CLOCK, WORKER = "clock", "worker"  # under these names they say that they are alive
_TASKS_EVERY_S = 10.0  # an unclaimed task waits for minutes: not each beat need look for one
_FAILED_KEPT_S = 86_400

log = logging.getLogger(__name__)


def queue_of(line: Line) -> Queue:
    """The queue of an installation: `queue_redis_url`, else the line's own Redis. Reaches nothing yet."""
    settings = line.settings
    connection = connect(settings.queue_redis_url or settings.redis_url, settings, blocking=True)
    return Queue(QUEUE, connection=connection, serializer=JSONSerializer)


def beat(line: Line, queue: Queue, now: datetime) -> Mapping[str, int]:
    """One look: rings a job for each batch of what is due, and tells how many of each. StoreAway: Redis
    is away.

    Whatever was found but not rung comes back when its lease ends."""
    settings, store = line.settings, line.store
    limit, lease_s = settings.batch, settings.lease_s
    found = {
        "deliver": store.outbox.ring(now, limit, lease_s),
        "remind": store.due.claim(now, limit, lease_s),
        "wake": store.turns.waiting(now, limit, lease_s),
        "escalate": tasks.unclaimed(store, settings, now) if _is_turn_of_tasks(now, settings.beat_s) else [],
    }
    for job, ids in found.items():
        _ring(queue, job, ids, lease_s)
    store.signs.beat(CLOCK)
    return {job: len(ids) for job, ids in found.items()}


def run(line: Line, queue: Queue, stop: threading.Event) -> None:
    """Beats every `beat_s` seconds until told to stop, while no other clock acts. A Redis that is away is
    waited for."""
    who, away, workers = uuid4().hex, False, Workers(line)
    while not stop.is_set():
        try:
            full = _look(line, queue, who, workers)
        except StoreAway as fault:
            if not away:
                log.warning("the clock waits: %s", fault)
            away = True
        else:
            if away:
                log.info("the clock goes on")
            away = False
            if full:
                continue  # there may be more, and what was handed out is not handed out again
        stop.wait(line.settings.beat_s)
    _leave(line, who)


class Workers:
    """Whether anybody works on what this clock rings. A worker beats also while nothing is due."""

    def __init__(self, line: Line) -> None:
        self._line, self._began, self._told = line, time.time(), False

    def watch(self, owed: bool) -> None:
        """Rings the alarm where something is due and no worker has beaten for `beat_late_s`, once until one
        beats again. StoreAway."""
        beat = self._line.store.signs.beats().get(WORKER, 0.0)
        silent = time.time() - max(beat, self._began) > self._line.settings.beat_late_s
        if silent and owed and not self._told:
            self._tell()
        self._told = silent and (self._told or owed)

    def _tell(self) -> None:
        """Sends the alarm itself: a job would lie in the queue with the others."""
        log.critical("no worker has beaten for more than %g s", self._line.settings.beat_late_s)
        for id in alarms.ring(self._line, alarms.WORKER_SILENT, self._line.now()):
            delivery.deliver(self._line, id)


def _look(line: Line, queue: Queue, who: str, workers: Workers) -> bool:
    """One beat if this clock is the one that acts; whether a batch was full. StoreAway."""
    if not line.store.signs.leads(who, line.settings.clock_lease_s):
        return False
    found = beat(line, queue, line.now())
    rung = {job: count for job, count in found.items() if count}
    if rung:
        log.info("rang %s", " ".join(f"{job}={count}" for job, count in rung.items()))
    workers.watch(bool(rung))
    return any(found[job] >= line.settings.batch for job in LEASED)


def _leave(line: Line, who: str) -> None:
    """Another clock need not wait for the lease's end."""
    try:
        line.store.signs.resign(who)
    except StoreAway as fault:
        log.warning("the clock's lease stays until its end: %s", fault)


def _ring(queue: Queue, job: str, ids: Sequence[str], lease_s: float) -> None:
    if not ids:
        return
    with answering():
        # The description would otherwise hold the arguments in clear. A job that nobody started within
        # the lease is dropped: by then its ids are rung again.
        queue.enqueue_call(
            f"workers.jobs.{job}",
            args=(list(ids),),
            timeout=math.ceil(lease_s),
            ttl=math.ceil(lease_s),
            result_ttl=0,
            failure_ttl=_FAILED_KEPT_S,
            description=f"{job} {len(ids)}",
        )


def _is_turn_of_tasks(now: datetime, beat_s: float) -> bool:
    return now.timestamp() % _TASKS_EVERY_S < max(beat_s, 0.1)
