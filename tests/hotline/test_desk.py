"""The nurse desk: what a caller is told of its times, in the words of the texts file."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from flows.effects import Tell
from flows.load import loads, read_folder
from flows.protocol import Medium
from hotline.desk import Rota
from hotline.errors import SettingsError
from hotline.line import open_line
from hotline.settings import PROTOCOL_FOLDER, Settings

ROOT = Path(__file__).resolve().parents[2]


def rota(**settings: str | int) -> Rota:
    told = {"desk_days": "0-4", "desk_zone": "America/New_York"}
    return Rota.from_settings(Settings(**(told | settings)))  # type: ignore[arg-type]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of the week of Monday, 5 January 2026, in New York."""
    return datetime(2026, 1, 4 + day, hour, minute, tzinfo=ZoneInfo("America/New_York"))


MONDAY, FRIDAY, SATURDAY = 1, 5, 6


def said(key: str, medium: Medium, **fill: str) -> str:
    line = open_line(Settings())
    return line.renderer.sentence(line.protocol, "en", medium, Tell(key, fill)).text


def test_without_days_there_is_no_desk_and_nothing_is_promised() -> None:
    assert not rota(desk_days="").at(at(MONDAY, 10)).staffed


@pytest.mark.parametrize(
    ("day", "hour", "minute", "due", "told"),
    [
        (MONDAY, 8, 0, "10:00", "10 am today"),
        (MONDAY, 10, 30, "12:30", "12:30 pm today"),
        (FRIDAY, 16, 30, "17:00", "5 pm today"),
    ],
)
def test_while_the_desk_is_open_the_caller_hears_by_when_a_nurse_calls(
    day: int, hour: int, minute: int, due: str, told: str
) -> None:
    desk = rota().at(at(day, hour, minute))
    assert desk.open and desk.due == due
    assert f"by {told} from" in said("CALLBACK_OK", Medium.sms, due=desk.due)


@pytest.mark.parametrize(
    ("day", "hour", "opens", "texted", "spoken"),
    [
        (MONDAY, 7, "08:00 0", "8 am Mon", "8 am Monday"),
        (MONDAY, 17, "08:00 1", "8 am Tue", "8 am Tuesday"),
        (FRIDAY, 23, "08:00 0", "8 am Mon", "8 am Monday"),
        (SATURDAY, 12, "08:00 0", "8 am Mon", "8 am Monday"),
    ],
)
def test_while_the_desk_is_closed_the_caller_hears_when_it_opens(
    day: int, hour: int, opens: str, texted: str, spoken: str
) -> None:
    desk = rota().at(at(day, hour))
    assert desk.staffed and not desk.open and desk.opens == opens
    assert f"off until {texted}." in said("CALLBACK_CLOSED", Medium.sms, opens=desk.opens)
    assert f"off until {spoken}." in said("CALLBACK_CLOSED", Medium.voice, opens=desk.opens)


def test_the_words_of_a_time_are_the_languages_own() -> None:
    """A language on a 24-hour clock, with the day first."""
    files = dict(read_folder(PROTOCOL_FOLDER))
    before = 'hours: 12\n  am: am\n  pm: pm\n  today: "{clock} today"\n  on_day: "{clock} {day}"'
    assert before in files["texts/en.yaml"]
    after = 'hours: 24\n  today: "hoy {clock}"\n  on_day: "{day} {clock}"'
    files["texts/en.yaml"] = files["texts/en.yaml"].replace(before, after)
    protocol, line = loads(files), open_line(Settings())
    text = line.renderer.text(protocol, "en", Medium.sms, "CALLBACK_CLOSED", {"opens": "08:30 2"})
    assert "off until Wed 08:30." in text


@pytest.mark.parametrize(
    "setting", [{"desk_days": "0-9"}, {"desk_days": "x"}, {"desk_from": "8 am"}, {"desk_zone": "Nowhere"}]
)
def test_a_rota_that_is_none_is_refused_at_the_start(setting: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=f"BACKLINE_{next(iter(setting)).upper()}"):
        rota(**setting)


def test_no_word_for_a_time_stands_in_python() -> None:
    for name in ("desk.py", "rendering.py"):
        source = (ROOT / "hotline" / name).read_text("utf-8")
        assert '"Mon"' not in source and 'today"' not in source and '" pm"' not in source
