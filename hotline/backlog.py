"""What waits to be done later: told to staff, given back by who cannot finish it, set aside where it fails
again and again, and released.

May use: the store. May not: do the work itself (the workers do), or show an address."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from hotline import alarms
from hotline.line import Line

DELIVER, REMIND, WAKE, ESCALATE = "deliver", "remind", "wake", "escalate"
"""The jobs of the workers, by what is done with an id: an outbox row, two kinds of contact, a task."""
WAITING = ("pending", "sending", "unknown", "accepted", "parked")


def give_back(line: Line, job: str, ids: Sequence[str], at: float) -> None:
    """Ids that were handed out and not begun: they are handed out again from that time on (epoch s).
    StoreAway."""
    if job == DELIVER:
        line.store.outbox.put_off(ids, at)
    elif back := {REMIND: line.store.due.give_back, WAKE: line.store.turns.give_back}.get(job):
        for id in ids:
            back(id, at)  # never anew: who was forgotten meanwhile stays forgotten


def set_aside(line: Line, job: str, id: str, reason: str, now: datetime) -> None:
    """Leaves an id alone until staff release it, and rings the alarm. Twice is once. StoreAway.

    reason: a word, never something a person said."""
    first = line.store.parking.park(job, id, reason, now)
    if job == DELIVER:
        line.store.outbox.park(id, reason, now)
    elif set_look := _looks(line).get(job):
        set_look(id, None)
    if first:
        alarms.ring(line, alarms.PARKED, now)


def release(line: Line, id: str, now: datetime) -> Sequence[str]:
    """Puts back what was set aside under that id; the jobs that it was set aside from. StoreAway."""
    jobs = [parked.job for parked in line.store.parking.listed() if parked.id == id]
    for job in jobs:
        line.store.parking.release(job, id)
        if job == DELIVER:
            line.store.outbox.unpark(id, now)
        elif set_look := _looks(line).get(job):
            set_look(id, now.timestamp())
    return jobs


def told(line: Line, now: datetime) -> Mapping[str, Any]:
    """Everything that waits, as JSON takes it: by state, what is due, what is parked, each sender's pace, the
    processes' last beats. StoreAway."""
    store = line.store
    counts, (texts, reminders) = store.outbox.counts(), store.outbox.due(now)
    return {
        "texts": {state: counts.get(state, 0) for state in WAITING},
        "settled": {state: count for state, count in sorted(counts.items()) if state not in WAITING},
        "due": {"texts": texts, "reminders": reminders, "enrolments": store.due.ready(now)},
        "enrolled": store.due.count(),
        "late_s": _late_s(line, now),
        "parked": [
            {"id": one.id, "job": one.job, "since": _clock(one.at), "reason": one.reason}
            for one in store.parking.listed()
        ],
        "senders": _senders(line),
        "segments_today": store.pace.used(now),
        "calls_today": store.pace.calls(now),
        "halted": store.signs.halted(now) or None,
        "beats": {name: _clock(at) for name, at in sorted(store.signs.beats().items())},
        "alarms": dict(sorted(store.signs.alarms().items())),
    }


def shown(report: Mapping[str, Any]) -> str:
    """The same for the eye."""
    lines = [
        f"{name:10} {_in_words(report[name])}" for name in ("texts", "due", "settled", "beats", "alarms")
    ]
    lines += [f"{'enrolled':10} {report['enrolled']}", f"{'late':10} {report['late_s']} s"]
    lines += [f"{'today':10} {report['segments_today']} segments, {report['calls_today']} calls"]
    lines += [
        f"{'sender':10} {one['sender']}: {one['segments_per_s']:g} segments/s, pause {one['pause_s']:g} s"
        for one in report["senders"]
    ]
    lines += [f"{'halted':10} {report['halted']}"] if report["halted"] else []
    lines += [
        f"{'parked':10} {one['id']} {one['job']} since {one['since']}: {one['reason']}"
        for one in report["parked"]
    ]
    return "\n".join(lines)


def _looks(line: Line) -> Mapping[str, Callable[[str, float | None], None]]:
    """How it is set when a contact is looked at next; None: not at all."""
    return {REMIND: line.store.due.look_at, WAKE: line.store.turns.wake_at}


def _late_s(line: Line, now: datetime) -> float:
    """How long the oldest enrolment that is due has been waiting."""
    oldest = line.store.due.late(now)
    return round(now.timestamp() - oldest, 1) if oldest is not None else 0.0


def _senders(line: Line) -> list[dict[str, Any]]:
    """Each of our own senders and its pace."""
    return [
        {"sender": sender, "segments_per_s": rate, "pause_s": round(pause_s, 1)}
        for sender, (rate, pause_s) in sorted(line.store.pace.senders().items())
    ]


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _in_words(counts: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"
