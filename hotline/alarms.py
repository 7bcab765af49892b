"""An alarm about the line itself: whoever is on call is told, once an hour for each kind, and it is counted.

The notices are outbox rows of purpose `staff`, like those of tasks. May not: name a person, or decide when
something is wrong."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from hotline import tasks
from hotline.line import Line
from hotline.store import Row, row_id

NAME = "alarm"  # the fill of a notice that is about the line and not about a task
CLOCK_SILENT, WORKER_SILENT = "clock_silent", "worker_silent"
ACCOUNT_REFUSED, PARKED = "account_refused", "parked"
WORDS: Mapping[str, str] = {
    CLOCK_SILENT: "the clock stands still, nothing is sent. Start: python -m workers clock",
    WORKER_SILENT: "no worker is at work, nothing is sent. Start: python -m workers work",
    ACCOUNT_REFUSED: "the carrier refuses our account, nothing is sent. See: hotline doctor",
    PARKED: "something failed again and again and was set aside. See: hotline queue",
}
"""What is wrong and what to do, for staff: no text of the protocol."""
_TOLD_WITHIN = timedelta(hours=24)


def ring(line: Line, name: str, now: datetime) -> list[str]:
    """Rings an alarm; the ids of the notices, for who can send them at once. StoreAway."""
    line.store.signs.alarm(name, _hour(now))
    rows = notices(line, name, now)
    line.store.outbox.add(rows, now)
    return [row.id for row in rows]


def notices(line: Line, name: str, now: datetime) -> tuple[Row, ...]:
    """The outbox rows that tell whoever is on call, by the settings; the same ones within an hour."""
    settings, hour = line.settings, _hour(now)
    ways = ((tasks.TEXT, settings.on_call_number), (tasks.WEBHOOK, settings.on_call_webhook))
    fill = {NAME: name, "since": now.strftime("%H:%M UTC")}
    until = (now + _TOLD_WITHIN).timestamp()
    return tuple(
        Row(
            row_id("", tasks.PURPOSE, f"{NAME}:{name}:{way}", hour), "", tasks.PURPOSE, ((way, fill),), "en",
            now.timestamp(), until,
        )
        for way, address in ways
        if address
    )  # fmt: skip


def text_of(fill: Mapping[str, str]) -> str:
    """The words of a notice by text."""
    return f"BackLine alarm {fill['since']}: {WORDS[fill[NAME]]}"


def _hour(now: datetime) -> str:
    return now.strftime("%Y-%m-%dT%H")
