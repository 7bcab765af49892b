"""A line with two nurses' phones, and somebody who called it: for tests that bring no line of their own."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from hotline.line import Line, open_line
from hotline.playing import Caller
from hotline.settings import Settings

NOON = datetime(2027, 1, 11, 17, tzinfo=UTC)
PHONES = {
    "desk_days": "0-6", "desk_from": "00:00", "desk_until": "23:59",
    "desk_phones": "+12025550180,+12025550181",
}  # fmt: skip


@pytest.fixture
def line(clean_redis: str) -> Iterator[Line]:
    """A line with two nurses' phones."""
    opened = open_line(Settings.model_validate({"redis_url": clean_redis} | PHONES))
    yield opened
    opened.store.close()


@pytest.fixture
def caller(line: Line) -> Caller:
    """Somebody whose questions began on the phone."""
    person = Caller(line, NOON)
    person.begin()
    return person
