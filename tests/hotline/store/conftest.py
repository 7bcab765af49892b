"""A store on a real, emptied Redis, a contact, and a fixed morning."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import redis

from hotline.sealing import Sealer
from hotline.settings import Settings
from hotline.store import Change, Row, State, Store, open_store, row_id

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ADDRESS = "+12025550143"

Raw = Any  # redis-py tells bytes or text; ours are always bytes
MakeRow = Callable[..., Row]


@pytest.fixture
def settings(clean_redis: str) -> Settings:
    """Trial settings with that Redis."""
    return Settings(redis_url=clean_redis)


@pytest.fixture
def sealer(settings: Settings) -> Sealer:
    """The trial's sealer."""
    return Sealer.from_settings(settings)


@pytest.fixture
def store(clean_redis: str, settings: Settings, sealer: Sealer) -> Iterator[Store]:
    """The store under test."""
    opened = open_store(clean_redis, settings, sealer)
    yield opened
    opened.close()


@pytest.fixture
def raw(clean_redis: str) -> Iterator[Raw]:
    """A second, plain connection that looks at what stands in Redis."""
    with redis.Redis.from_url(clean_redis) as client:
        yield client


@pytest.fixture
def contact(sealer: Sealer) -> str:
    """Somebody."""
    return sealer.contact_of(ADDRESS)


@pytest.fixture
def make_row(contact: str) -> MakeRow:
    """Makes a row that may go from now on for an hour."""

    def make(purpose: str = "reminder", step: str = "day1", to: str | None = None, wait_s: float = 0) -> Row:
        begin = NOW.timestamp() + wait_s
        whom = contact if to is None else to
        id = row_id(contact, purpose, step, "2026-03-02")
        return Row(id, whom, purpose, (("day1", {"name": "Main St"}),), "en", begin, begin + 3600)

    return make


def saying(reply: bytes = b"<Response/>", **change: object) -> Callable[[State], Change]:
    """A decision that is always the same."""
    return lambda state: Change(reply, **change)  # type: ignore[arg-type]
