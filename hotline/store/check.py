"""Is this Redis fit to keep what we acknowledge? Asked at start and by `hotline doctor`.

May use: the wire. May not: change anything; hosted Redis refuses CONFIG, so INFO must do."""

from collections.abc import Mapping
from typing import Any

from hotline.errors import StoreAway
from hotline.store.wire import Wire

OLDEST = (6, 2)


PACKED = {"hash-max-listpack-entries": 128, "hash-max-listpack-value": 128}
"""What keeps a bucket of enrolments packed, up to two million; unpacked it takes three times as much."""


def advice_of(wire: Wire) -> list[str]:
    """What costs memory and no safety; empty too where this Redis refuses to tell. Raises StoreAway."""
    found = []
    wire.run("PING")
    for name, least in PACKED.items():
        try:
            told = wire.run("CONFIG", "GET", name)
        except StoreAway:  # a hosted Redis refuses CONFIG
            return []
        value = (list(told.values()) if isinstance(told, dict) else told[1::2]) if told else []
        if value and int(value[0]) < least:
            found.append(f"Redis keeps enrolments unpacked, in three times the memory: set {name} {least}")
    return found


def problems_of(wire: Wire) -> list[str]:
    """Every problem, each with what to set. Raises StoreAway."""
    told: Mapping[str, Any] = wire.run("INFO")
    return [problem for problem in (_version(told), _file(told), _memory(told), *_role(told)) if problem]


def _version(told: Mapping[str, Any]) -> str:
    version = str(told.get("redis_version", "0"))
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    return "" if numbers >= OLDEST else f"Redis {version} is too old: use 6.2 or later, or Valkey"


def _file(told: Mapping[str, Any]) -> str:
    if not int(told.get("aof_enabled", 0)):
        return "Redis keeps no append-only file and forgets what it acknowledged: set appendonly yes"
    if told.get("aof_last_write_status", "ok") != "ok":
        return "Redis cannot write its append-only file: look at its disk and its log"
    return ""


def _memory(told: Mapping[str, Any]) -> str:
    policy = str(told.get("maxmemory_policy", "noeviction"))
    if policy != "noeviction":
        return f"Redis throws keys away when it is full ({policy}): set maxmemory-policy noeviction"
    limit = int(told.get("maxmemory", 0))
    full = limit and int(told.get("used_memory", 0)) >= limit
    return "Redis is full: raise maxmemory" if full else ""


def _role(told: Mapping[str, Any]) -> list[str]:
    problems = []
    if told.get("role") != "master":
        problems.append("this Redis is a read-only replica: give the address of its primary")
    if int(told.get("cluster_enabled", 0)):
        problems.append("this Redis is a cluster: give one without cluster mode")
    return problems
