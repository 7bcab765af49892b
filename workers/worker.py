"""RQ's worker, as this line needs it: it ends in good order, and it sees when the clock stands still.

May use: rq, the line. May not: decide what is done with an id (`jobs.py` does), or share the carrier's
connections with the processes that it forks."""

import logging
import os
import signal
import time
from dataclasses import replace
from types import FrameType
from typing import Any

from rq import Queue, Worker
from rq.serializers import JSONSerializer

from hotline import alarms
from hotline.errors import StoreAway
from hotline.line import Line
from hotline.outbound import Outbound
from workers import delivery, fault_points, jobs
from workers.clock import CLOCK, WORKER

_LOOKS = 4  # so often within `beat_late_s` it looks whether the clock beats

log = logging.getLogger(__name__)


class LineWorker(Worker):
    """Works on one queue, each job in a process of its own."""

    def __init__(self, line: Line, queue: Queue) -> None:
        every_s = max(1, int(line.settings.beat_late_s / _LOOKS))
        super().__init__(
            [queue], connection=queue.connection, serializer=JSONSerializer, log_job_description=False,
            worker_ttl=15 + every_s,  # RQ waits for a job so long, less 15 s, and then beats
            job_monitoring_interval=every_s,
        )  # fmt: skip
        # Its own way to the carrier: a connection that a forked process uses too would mix up two answers.
        self._line = replace(line, sender=Outbound(line.settings))
        self._began, self._told = time.time(), False

    def heartbeat(self, *arguments: Any, **named: Any) -> None:
        """RQ's sign of life, ours, and a look whether the clock gives its own."""
        super().heartbeat(*arguments, **named)
        if not self.is_horse:
            self._watch()

    def execute_job(self, job: Any, queue: Queue) -> None:
        """Forks a process for a job."""
        fault_points.pass_by("popped", self._line.settings.mode)
        super().execute_job(job, queue)

    def handle_warm_shutdown_request(self) -> None:
        """SIGTERM: the job under way is told to finish what it began and to give the rest back."""
        super().handle_warm_shutdown_request()  # type: ignore[no-untyped-call]
        if self.horse_pid:
            os.kill(self.horse_pid, signal.SIGTERM)

    def setup_work_horse_signals(self) -> None:
        """A job's process: SIGTERM, from its worker or to the whole group, ends it in good order."""
        super().setup_work_horse_signals()  # type: ignore[no-untyped-call]
        signal.signal(signal.SIGTERM, _end_soon)

    def _watch(self) -> None:
        try:
            self._line.store.signs.beat(WORKER)
            beat = self._line.store.signs.beats().get(CLOCK, 0.0)
            silent = time.time() - max(beat, self._began) > self._line.settings.beat_late_s
            if silent and not self._told:
                self._tell()
            self._told = silent
        except StoreAway as fault:
            log.warning("nobody can see whether the clock beats: %s", fault)

    def _tell(self) -> None:
        """Sends the alarm itself: without a clock nobody would ring for it."""
        log.critical("the clock has been silent for more than %g s", self._line.settings.beat_late_s)
        for id in alarms.ring(self._line, alarms.CLOCK_SILENT, self._line.now()):
            delivery.deliver(self._line, id)


def _end_soon(number: int, frame: FrameType | None) -> None:
    jobs.end_soon()
