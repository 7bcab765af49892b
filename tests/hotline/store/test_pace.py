"""All workers together send at the sender's pace, and a day has its end."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from hotline.sealing import Sealer
from hotline.settings import Settings
from hotline.store import Place, Store, open_store
from tests.hotline.store.conftest import NOW

SHORT_CODE, LONG_CODE, TOLL_FREE = "12345", "+12025550100", "+18005550100"


@pytest.fixture
def stores(clean_redis: str) -> Iterator[tuple[Store, Store]]:
    """Two workers' ways to one Redis."""
    settings = Settings(redis_url=clean_redis, line_segments_a_day=100)
    two = [open_store(clean_redis, settings, Sealer.from_settings(settings)) for _ in range(2)]
    yield two[0], two[1]
    for store in two:
        store.close()


def place(store: Store, sender: str, segments: int = 1, patience_s: float = 60.0) -> Place:
    return store.pace.take(sender, segments, patience_s, NOW, reminder=False, first=False)


@pytest.mark.parametrize(
    ("sender", "rate"),
    [(SHORT_CODE, 100.0), (LONG_CODE, 1.0), (TOLL_FREE, 3.0), (f"whatsapp:{LONG_CODE}", 1.0)],
)
def test_a_sender_has_the_pace_of_its_kind(stores: tuple[Store, Store], sender: str, rate: float) -> None:
    assert stores[0].pace.rate(sender) == rate


def test_the_setting_goes_before_the_kind(clean_redis: str) -> None:
    settings = Settings(redis_url=clean_redis, text_sender=LONG_CODE, text_segments_per_s=12)
    store = open_store(clean_redis, settings, Sealer.from_settings(settings))
    assert store.pace.rate(LONG_CODE) == 12 and store.pace.rate(TOLL_FREE) == 3
    store.close()


def test_two_workers_share_one_senders_segments_and_nobody_gets_another_ones(
    stores: tuple[Store, Store],
) -> None:
    """Each reserves a place further off: N segments take (N - burst) / rate seconds, whoever sends them."""
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        places = list(pool.map(lambda turn: place(stores[turn % 2], SHORT_CODE), range(90)))
    took = time.monotonic() - began
    assert all(one.reserved for one in places)
    longest = max(one.wait_s for one in places)
    assert (90 - 25) / 100 - took - 0.02 <= longest <= (90 - 25) / 100 + 0.02
    assert place(stores[0], TOLL_FREE).wait_s == 0.0


def test_a_text_of_three_parts_takes_three(stores: tuple[Store, Store]) -> None:
    place(stores[0], LONG_CODE, 4)
    assert place(stores[1], LONG_CODE, 3).wait_s == pytest.approx(3.0, abs=0.5)


def test_who_cannot_wait_so_long_reserves_nothing_and_is_told_when_to_ask(
    stores: tuple[Store, Store],
) -> None:
    place(stores[0], LONG_CODE, 4)
    refused = [place(stores[1], LONG_CODE, 2, patience_s=0.5) for _ in range(3)]
    assert all(not one.reserved and 1.0 < one.wait_s <= 2.0 for one in refused)


def test_what_was_not_sent_goes_back(stores: tuple[Store, Store]) -> None:
    place(stores[0], LONG_CODE, 4)
    stores[0].pace.back(LONG_CODE, 4, NOW)
    assert place(stores[1], LONG_CODE, 4).wait_s == 0.0 and stores[0].pace.used(NOW) == 4


def test_last_words_do_not_wait_behind_a_crowd(stores: tuple[Store, Store]) -> None:
    for _ in range(4):
        place(stores[0], LONG_CODE, 4)
    first = stores[1].pace.take(LONG_CODE, 2, 0.0, NOW, reminder=False, first=True)
    assert first.reserved and first.wait_s == 0.0


def test_a_busy_carrier_makes_all_workers_pause_longer_each_time(stores: tuple[Store, Store]) -> None:
    stores[0].pace.slow(SHORT_CODE)
    stores[1].pace.slow(SHORT_CODE)
    assert 0.5 < place(stores[1], SHORT_CODE).wait_s <= 1.0, "told twice of one storm is one pause"
    time.sleep(1.05)
    stores[1].pace.slow(SHORT_CODE)
    assert 1.5 < place(stores[0], SHORT_CODE).wait_s <= 2.0
    assert 1.0 < stores[0].pace.senders()[SHORT_CODE][1] <= 2.0


def test_reminders_end_at_four_fifths_of_the_lines_day_others_at_its_end_last_words_never(
    stores: tuple[Store, Store],
) -> None:
    pace, day = stores[0].pace, NOW + timedelta(days=1)
    assert pace.take(SHORT_CODE, 80, 9, NOW, reminder=True, first=False).reserved
    assert pace.take(SHORT_CODE, 1, 9, NOW, reminder=True, first=False).full
    assert pace.take(SHORT_CODE, 20, 9, NOW, reminder=False, first=False).reserved
    assert pace.take(SHORT_CODE, 1, 9, NOW, reminder=False, first=False).full
    assert pace.take(SHORT_CODE, 1, 9, NOW, reminder=False, first=True).reserved
    assert pace.take(SHORT_CODE, 1, 9, day, reminder=True, first=False).reserved
    assert (pace.used(NOW), pace.used(day)) == (0, 1)
