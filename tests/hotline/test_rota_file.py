"""The rota as a file: hours, holidays and phones in the desk's own zone, each fault by its line."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hotline.errors import SettingsError
from hotline.rota_file import read_rota, rota_of
from hotline.settings import Settings

ROTA = """zone: America/New_York
answer_h: 2
hours: {mon: "08:00-17:00", tue: "08:00-17:00", sat: "09:00-12:00"}
holidays: [2027-01-18]
nurses:
  - phone: "+12025550180"
    days: [mon]
  - phone: "+12025550181"
    hours: "08:00-10:00"
"""
MONDAY_9, MONDAY_11 = datetime(2027, 1, 11, 14, tzinfo=UTC), datetime(2027, 1, 11, 16, tzinfo=UTC)


def test_the_phones_on_duty_ring_in_the_order_of_the_file() -> None:
    rota = read_rota("rota.yaml", ROTA)
    assert rota.phones(MONDAY_9) == ("+12025550180", "+12025550181")
    assert rota.phones(MONDAY_11) == ("+12025550180",)
    assert rota.phones(datetime(2027, 1, 11, 23, tzinfo=UTC)) == ()
    desk = rota.at(MONDAY_11)
    assert (desk.open, desk.nurses, desk.due) == (True, 1, "13:00")


def test_a_holiday_is_shut_and_the_next_day_is_named() -> None:
    desk = read_rota("rota.yaml", ROTA).at(datetime(2027, 1, 18, 15, tzinfo=UTC))
    assert (desk.staffed, desk.open, desk.opens) == (True, False, "08:00 1")
    assert desk.heard_by == "10:00 1"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("America/New_York", "America/Gotham", "rota.yaml:1: zone: no such time zone"),
        ("answer_h: 2", "answer_h: 0", "rota.yaml:2: answer_h: write whole hours"),
        ("mon:", "mo:", 'rota.yaml:3: hours: "mo" is no day'),
        ('"09:00-12:00"', '"12:00-09:00"', "are no hours of one day"),
        ("2027-01-18", "soon", '"soon" is no date'),
        ('"+12025550180"', '"202-555"', "rota.yaml:6: phone: write it in quotes"),
        ("nurses:", "staff:", '"staff" is not known here'),
    ],
)
def test_each_fault_is_told_by_its_line_with_what_to_write(old: str, new: str, fault: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_rota("rota.yaml", ROTA.replace(old, new, 1))
    assert fault in str(refused.value)


def test_all_faults_are_told_at_once() -> None:
    broken = ROTA.replace("America/New_York", "Gotham").replace("answer_h: 2", "answer_h: 99")
    with pytest.raises(SettingsError) as refused:
        read_rota("rota.yaml", broken)
    assert len(str(refused.value).splitlines()) == 2


def test_a_file_that_is_not_there_is_told_by_its_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="BACKLINE_ROTA_FILE"):
        rota_of(Settings(rota_file=tmp_path / "rota.yaml"))
