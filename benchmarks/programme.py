"""The whole follow-up in virtual time, twice: over the change of clocks in spring and in autumn.

May not: judge (`benchmarks.virtual.checker` does) or plan (`benchmarks.virtual.run` does)."""

import logging
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.virtual.checker import KINDS
from benchmarks.virtual.run import DAYS, Plan, run
from hotline.embedded import embedded_redis

STARTS = {
    "spring": datetime(2027, 3, 4, tzinfo=UTC),
    "autumn": datetime(2027, 10, 28, tzinfo=UTC),
}
"""Ten days before the clocks of most zones go forward, and ten before they go back."""


def measure(people: int, seed: int, tick_min: int) -> dict[str, Any]:
    """The figures of both halves, `people` in all. violations: 0 of each kind is what must come out."""
    began, tick = time.monotonic(), timedelta(minutes=tick_min)
    plans = {name: Plan(people // 2, start, seed, tick=tick) for name, start in STARTS.items()}
    with ProcessPoolExecutor(len(plans)) as processes:
        halves = dict(zip(plans, processes.map(_half, plans.values()), strict=True))
    broken = {kind: sum(half["violations"].get(kind, 0) for half in halves.values()) for kind in KINDS}
    return {
        "violations": broken,
        "enrolments": _sum(halves, "enrolments"),
        "texts": _sum(halves, "texts"),
        "stops": _sum(halves, "stops"),
        "days": DAYS,
        "seed": seed,
        "halves": halves,
        "seconds": round(time.monotonic() - began, 1),
    }


def _half(plan: Plan) -> dict[str, Any]:
    logging.disable(logging.CRITICAL)  # thousands of things break on purpose
    with embedded_redis() as own:
        return run(plan, own.url)[1]


def _sum(halves: Mapping[str, Mapping[str, Any]], name: str) -> int:
    return sum(int(half[name]) for half in halves.values())
