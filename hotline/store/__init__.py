"""Everything that is alive in Redis: turns, outbox, due set, staff tasks, the demo's clock, old protocols.

The only room that knows keys and scripts. May use: redis, the sealer, settings. May not: know what a
session, a text or a carrier is. Every method that reaches Redis may raise hotline.errors.StoreAway."""

import redis

from hotline.sealing import Sealer
from hotline.settings import Settings
from hotline.store.check import advice_of, problems_of
from hotline.store.clock import Clock
from hotline.store.commit import Packer
from hotline.store.due import Dues
from hotline.store.erasure import Erased, Erasure, Found
from hotline.store.outbox import Outbox
from hotline.store.pace import Pace, Place
from hotline.store.parking import Parked, Parking
from hotline.store.signs import Signs
from hotline.store.tasks import Tasks
from hotline.store.turns import Turns
from hotline.store.values import (
    Change,
    Claimed,
    Ledger,
    Linked,
    Row,
    State,
    Stored,
    Taken,
    Task,
    row_id,
    task_id,
)
from hotline.store.versions import Versions
from hotline.store.wire import Wire, answering, connect

__all__ = [
    "Change", "Claimed", "Erased", "Found", "Ledger", "Linked", "Parked", "Place", "Row", "State", "Store",
    "Stored", "Taken", "Task", "answering", "connect", "open_store", "row_id", "task_id",
]  # fmt: skip


class Store:
    """One Redis of one installation. Safe to share between threads, and across a fork."""

    def __init__(self, client: "redis.Redis", settings: Settings, sealer: Sealer) -> None:
        self._wire = Wire(client)
        packer = Packer.from_settings(settings)
        self.turns = Turns(self._wire, sealer, packer)
        self.outbox = Outbox(self._wire, packer, settings)
        self.pace = Pace(self._wire, settings)
        self.parking = Parking(self._wire)
        self.due = Dues(self._wire, self.turns, packer)
        self.tasks = Tasks(self._wire, sealer)
        self.erasure = Erasure(self._wire, self.turns, self.parking)
        self.clock = Clock(self._wire, settings.mode == "trial")
        self.versions = Versions(self._wire)
        self.signs = Signs(self._wire)

    def check(self) -> list[str]:
        """Every problem of this Redis, each with its remedy; empty: it is fit. Raises StoreAway: it does
        not answer."""
        return problems_of(self._wire)

    def advice(self) -> list[str]:
        """What of this Redis's settings costs memory without need. Raises StoreAway."""
        return advice_of(self._wire)

    def ping(self) -> None:
        """Returns when Redis answers. Raises StoreAway."""
        self._wire.run("PING")

    def close(self) -> None:
        """Closes the connections; the next use opens new ones."""
        self._wire.client.close()


def open_store(url: str, settings: Settings, sealer: Sealer) -> Store:
    """The store at a redis:// or rediss:// address. Reaches nothing yet. Raises ValueError for another
    address."""
    return Store(connect(url, settings), settings, sealer)
