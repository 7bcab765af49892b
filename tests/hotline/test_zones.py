"""Where a number may be."""

from datetime import UTC, datetime, time

import pytest

from flows.window import Window, opening
from hotline import zones


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("+12025550143", ("America/New_York",)),
        ("whatsapp:+16195550143", ("America/Los_Angeles",)),
        ("+18085550143", ("Pacific/Honolulu",)),
    ],
)
def test_a_number_is_where_its_area_code_is(address: str, expected: tuple[str, ...]) -> None:
    assert zones.candidates(address) == expected


@pytest.mark.parametrize("address", ["+12705550143", "+18505550143"])
def test_an_area_code_that_spans_two_zones_counts_for_both(address: str) -> None:
    assert set(zones.candidates(address)) >= {"America/New_York", "America/Chicago"}


@pytest.mark.parametrize("address", ["+18005550143", "", "nonsense", "+266696687"])
def test_a_number_that_tells_nothing_may_be_anywhere_in_the_states(address: str) -> None:
    assert zones.candidates(address) == zones.US_ZONES
    assert zones.of(address) == zones.US
    assert zones.candidates(address, "Europe/London") == ("Europe/London",)


@pytest.mark.parametrize(
    "address", ["+12025550143", "+18005550143", "+19075550143", "+447400123456", "+12705550143"]
)
def test_a_reference_leads_back_to_the_same_zones(address: str) -> None:
    found = zones.named(zones.of(address))
    assert tuple(zone.key for zone in found) == zones.candidates(address)


def test_a_reference_is_short_for_a_number_of_one_zone() -> None:
    assert zones.of("+12025550143") == "e" and len(zones.of("+12705550143")) == 3


def test_a_reference_that_no_longer_leads_anywhere_gets_the_narrowest_hours() -> None:
    assert zones.named("America/Nowhere") == zones.named(zones.US)


@pytest.mark.parametrize("day", [datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC)])
def test_all_zones_of_the_states_share_some_hours_each_day(day: datetime) -> None:
    found = opening(day, zones.named(zones.US), Window(time(9), time(20)))
    assert found is not None and (found - day).days < 1


def test_a_zone_that_no_longer_exists_leaves_the_zones_of_the_number() -> None:
    assert not zones.stands("Europe/Atlantis") and zones.stands("e,c") and zones.stands(zones.US)
    of_number = zones.of("+447400123456")
    found = {zone.key for zone in zones.named("Europe/Atlantis", of_number)}
    assert "Europe/London" in found and not any(name.startswith("America") for name in found)
