"""The clock: it looks at what has come due, and rings. It sends nothing and decides nothing.

Each thing is leased as it is found, so two clocks, or two beats, hand it out once; a job that is lost
gives it back when the lease ends. RQ is the doorbell, the store is the ledger: losing the queue loses
nothing. May use: the store, rq. May not: put anything but ids into a job."""

import logging
import math
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime

from rq import Queue
from rq.serializers import JSONSerializer

from hotline import tasks
from hotline.errors import StoreAway
from hotline.line import Line
from hotline.store import answering, connect

QUEUE = "backline"
LEASED = (
    "deliver",
    "remind",
    "wake",
)  # what a look hands out once; an unclaimed task stays until it is marked
CLOCK = "clock"  # under this name it says that it is alive
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
    """Beats every `beat_s` seconds until told to stop. A Redis that is away is waited for."""
    away = False
    while not stop.is_set():
        try:
            found = beat(line, queue, line.now())
        except StoreAway as fault:
            if not away:
                log.warning("the clock waits: %s", fault)
            away = True
        else:
            if away:
                log.info("the clock goes on")
            away = False
            rung = {job: count for job, count in found.items() if count}
            if rung:
                log.info("rang %s", " ".join(f"{job}={count}" for job, count in rung.items()))
            if any(found[job] >= line.settings.batch for job in LEASED):
                continue  # a full batch: there may be more, and what was handed out is not handed out again
        stop.wait(line.settings.beat_s)


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
