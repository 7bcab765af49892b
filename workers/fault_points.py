"""Places in the sending of a text where a test makes the process die or sleep, as a power cut would.

May use: the standard library. May not: do anything in production mode, or where no test asked for it."""

import os
import signal
import threading
from pathlib import Path

FOLDER = "BACKLINE_FAULT_POINTS"
"""Names a folder. A file in it with a point's name makes the first process that passes by die (kill -9), or,
where the file says `stop`, sleep until somebody wakes it (SIGCONT)."""


def pass_by(point: str, mode: str) -> None:
    """Dies or sleeps here if that was ordered; whoever takes the order away is the one that it hits."""
    folder = os.environ.get(FOLDER)
    if not folder or mode != "trial":
        return
    order = Path(folder) / point
    try:
        how = order.read_text(encoding="utf-8").strip()  # first: what is taken, the test clears away
        order.rename(order.with_name(f"{point}.{os.getpid()}"))
    except FileNotFoundError:
        return
    # To this very thread: to the process, it would go on for a moment.
    signal.pthread_kill(threading.get_ident(), signal.SIGSTOP if how == "stop" else signal.SIGKILL)
