"""`python -m workers work|clock`: one process of the two kinds, until SIGTERM.

May not: decide anything. Heavy imports happen here, before RQ forks a process for each job."""

import signal
import sys
import threading

from pydantic import ValidationError

from hotline import children, logs
from hotline.errors import BackLineError
from hotline.line import Line, open_line
from hotline.readiness import must_be_ready, settings_must_do
from hotline.settings import Settings
from workers import clock, jobs
from workers.worker import LineWorker

USAGE = "usage: python -m workers work|clock, for example: python -m workers work"


def main(arguments: list[str]) -> int:
    """Runs one process. 0: it was told to stop; 1: it cannot run; 2: asked wrongly."""
    roles = {"work": work, "clock": keep_time}
    if len(arguments) != 1 or arguments[0] not in roles:
        print(USAGE, file=sys.stderr)
        return 2
    children.watch_parent()
    try:
        settings = Settings()
        logs.configure(settings.log_level)
        settings_must_do(settings)
        line = open_line(settings)
        must_be_ready(line)
        roles[arguments[0]](line)
    except (BackLineError, ValidationError, ValueError) as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


def work(line: Line) -> None:
    """Works on the jobs that the clock rings, each in a process of its own.

    SIGTERM: what the running job has begun is finished, the rest is given back."""
    jobs.use(line)
    LineWorker(line, clock.queue_of(line)).work(logging_level=line.settings.log_level)


def keep_time(line: Line) -> None:
    """Looks every `beat_s` seconds for what is due. SIGTERM: it ends after the current look."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    clock.run(line, clock.queue_of(line), stop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
