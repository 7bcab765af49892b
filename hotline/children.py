"""Processes of our own that never outlive us, however we end.

Three safeguards, because no single one covers every ending: the kernel's parent-death signal for direct
children (Linux), `watch_parent` for grandchildren, which do not inherit that signal, and a keeper that clears
a folder away after the one who needed it is gone.

May use: the standard library only; the keeper runs this file alone, without the packages. May not: know what
the processes are for.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

PARENT = "BACKLINE_PARENT"
"""Names the process whose end ends us: `<pid>` or `<pid>:<start time>`. Inherited by grandchildren."""

_PR_SET_PDEATHSIG = 1
_ENDED_BY_PARENT = 75


def start(
    command: Sequence[str],
    environment: Mapping[str, str | None] | None = None,
    *,
    stdin: int | None = subprocess.DEVNULL,
    output: IO[bytes] | int | None = None,
) -> "subprocess.Popen[bytes]":
    """Starts a process that ends when we do.

    environment is added to ours; None takes a variable away. Output goes where ours goes unless `output` is
    given. The process gets a session of its own: Ctrl-C reaches us only, and we stop it in good order. Call
    this from a thread that stays: Linux sends the death signal when the *thread* that started the child ends.
    Raises FileNotFoundError when there is no such program.
    """
    ours = os.getpid()
    surroundings = {**os.environ, **(environment or {}), PARENT: signature_of(ours)}
    return subprocess.Popen(
        list(command),
        env={name: value for name, value in surroundings.items() if value is not None},
        stdin=stdin,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        start_new_session=True,
        preexec_fn=_dying_with(ours) if sys.platform == "linux" else None,
    )


def stop(processes: Sequence["subprocess.Popen[bytes]"], within_s: float = 5.0) -> None:
    """Asks all of them to end, waits at most `within_s` seconds for the lot, then kills what is left.

    Asked in the given order, but together: the slowest one decides how long this takes.
    """
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + within_s
    for process in processes:
        try:
            process.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            _kill_group(process)


def watch_parent(every_s: float = 1.0) -> bool:
    """Ends this process, and each one it forks later, soon after the process in `BACKLINE_PARENT` ended.

    Looks every `every_s` seconds. For processes that `start` did not start itself: server workers, a queue's
    job processes. Returns whether there is a parent to watch: production names none.
    """
    pid, begun = _parent_named()
    if pid is None:
        return False

    def begin() -> None:
        """A fork keeps no threads, so every child starts its own watch."""
        watch = threading.Thread(target=_end_with, args=(pid, begun, every_s), name="parent", daemon=True)
        watch.start()

    os.register_at_fork(after_in_child=begin)
    begin()
    return True


def signature_of(pid: int) -> str:
    """A name for this very process, `<pid>:<start time>`: the number alone may be given away again."""
    return f"{pid}:{_start_time(pid) or ''}"


def is_alive(pid: int, begun: str = "") -> bool:
    """Whether that process still runs. A dead one that nobody has reaped yet counts as gone.

    begun: its start time as `signature_of` gives it; empty accepts any.
    """
    now = _start_time(pid)
    return now is not None and begun in ("", now)


def _parent_named() -> tuple[int | None, str]:
    """The process that `BACKLINE_PARENT` names, with its start time; (None, "") when it names none."""
    number, _, begun = os.environ.get(PARENT, "").partition(":")
    return (int(number), begun) if number.isdigit() else (None, "")


def _end_with(pid: int, begun: str, every_s: float) -> None:
    """Waits for the end of a process, then ends ours at once: there is nobody left to finish anything for."""
    while is_alive(pid, begun):
        time.sleep(every_s)
    os._exit(_ENDED_BY_PARENT)


def _start_time(pid: int) -> str | None:
    """When a process began, in the system's own words; None when it does not run."""
    if sys.platform == "linux":
        return _start_time_from_proc(pid)
    told = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True)
    state, _, begun = told.stdout.strip().partition(" ")
    return begun.strip() if begun and not state.startswith("Z") else None


def _start_time_from_proc(pid: int) -> str | None:
    """As `_start_time`, from the kernel's table. A program's name may hold spaces: read after the bracket."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = told.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]


def _dying_with(parent: int) -> Callable[[], None]:
    """What a child does before it becomes its program: asks the kernel to be killed when we end."""
    # Loaded here, before the fork: the child of a threaded process must not import anything.
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # we ended between the fork and the request
            os._exit(_ENDED_BY_PARENT)

    return ask


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    """Kills a process that did not end in time, with all that it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()
    process.wait()


def keep(folder: Path, command: Sequence[str]) -> "subprocess.Popen[bytes]":
    """Starts `command` under a keeper that kills it and removes `folder` once we end or close its stdin.

    The keeper hangs on a pipe to us, so it sees even a kill -9 at once. When the command ends by itself, its
    exit code is left in the folder's file `ended` until the keeper is told to go.
    """
    keeper = [sys.executable, "-I", __file__, str(folder), *command]
    return subprocess.Popen(
        keeper,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _keep_until_told(folder: Path, command: Sequence[str]) -> None:
    """The keeper's whole life."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # only the end of the pipe ends us, or the folder would stay
    kept = start(command, output=subprocess.DEVNULL)

    def note_the_end() -> None:
        (folder / "ended").write_text(str(kept.wait()), encoding="utf-8")

    watch = threading.Thread(target=note_the_end, daemon=True)
    watch.start()
    sys.stdin.buffer.read()
    kept.kill()
    watch.join()  # a note written while the folder is being removed would make it stay
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    _keep_until_told(Path(sys.argv[1]), sys.argv[2:])
