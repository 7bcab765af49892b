"""Handing out what has come due, once a lease, over all shards.

May use: the wire. May not: know what the members are."""

from collections.abc import Callable
from datetime import datetime

from hotline.store.keys import TAGS
from hotline.store.wire import Script, Wire

LEASE = Script("lease")


def lease(wire: Wire, name: Callable[[str], str], now: datetime, limit: int, lease_s: float) -> list[str]:
    """At most `limit` members of the shards' sorted sets (`name` of a tag) whose score is `now` or earlier.

    Each is handed out once in `lease_s` seconds. One round trip when nothing is due. The first shard asked
    moves on with the time, so that a small limit starves none."""
    moment = now.timestamp()
    sets = [name(tag) for tag in TAGS]
    ready = wire.each([("ZCOUNT", key, "-inf", moment) for key in sets])
    start = int(moment) % len(sets)
    calls, left = [], limit
    for place in (*range(start, len(sets)), *range(start)):
        share = min(left, ready[place])
        if share > 0:
            calls.append(([sets[place]], (moment, share, moment + lease_s)))
            left -= share
    handed = wire.scripts(LEASE, calls)
    return [member.decode() for members in handed for member in members]
