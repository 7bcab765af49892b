"""A ZIP code or a state as somebody texts or keys it, and the zones it may lie in."""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from flows.enrolment import Enrolment
from flows.heard import Heard, Kind
from hotline import places, zones
from hotline.line import Line, open_line
from hotline.playing import Texter
from hotline.settings import Settings

UNCLEAR = Heard(Kind.unclear)
WELL = ("BACK", "no", "no", "no", "1", "1", "1", "none", "40", "3", "1", "JOIN")


def told(text: str, heard: Heard = UNCLEAR) -> str | None:
    """The names of the zones that a text tells; None where it tells no place."""
    found = places.read(text, {"skip", "idk"}, heard)
    if found.kind is not Kind.place:
        return None
    return " ".join(zone.key for zone in zones.named(str(found.value))) if found.value else ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("78701", "America/Chicago"),
        ("my zip is 10001-1234", "America/New_York"),
        ("Texas", "America/Chicago America/Denver"),
        ("tx", "America/Chicago America/Denver"),
        ("Austin, TX", "America/Chicago America/Denver"),
        ("nueva york", "America/New_York"),
        ("79901", "America/Denver"),
        ("79830", "America/Chicago America/Denver"),
        ("80911", "America/Denver"),
        ("Washington", "America/Los_Angeles America/New_York"),
        ("skip", ""),
        ("IDK", ""),
    ],
)
def test_a_zip_code_or_a_state_tells_every_zone_it_may_lie_in(text: str, expected: str) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    "text", ["LA", "ok", "hi", "me", "1234", "00000", "09012", "10001 or 90210", "", "huh"]
)
def test_what_may_mean_something_else_is_not_taken_for_a_place(text: str) -> None:
    assert told(text) is None


def test_whatever_outranks_an_answer_stands_before_a_zip_code() -> None:
    danger = Heard(Kind.danger, signs=("danger",))
    assert places.read("78701 call 911", (), danger) is danger
    doubt = Heard(Kind.unclear, doubts=("fever_chills",))
    assert places.read("78701", (), doubt) is doubt


@pytest.mark.parametrize(
    ("code", "city", "zone"),
    [
        ("00901", "San Juan", "America/Puerto_Rico"), ("02101", "Boston", "America/New_York"),
        ("32501", "Pensacola", "America/Chicago"), ("32301", "Tallahassee", "America/New_York"),
        ("33101", "Miami", "America/New_York"), ("37201", "Nashville", "America/Chicago"),
        ("37901", "Knoxville", "America/New_York"), ("40202", "Louisville", "America/New_York"),
        ("42001", "Paducah", "America/Chicago"), ("46201", "Indianapolis", "America/New_York"),
        ("46401", "Gary", "America/Chicago"), ("48201", "Detroit", "America/New_York"),
        ("57701", "Rapid City", "America/Denver"), ("57101", "Sioux Falls", "America/Chicago"),
        ("60601", "Chicago", "America/Chicago"), ("69361", "Scottsbluff", "America/Denver"),
        ("80201", "Denver", "America/Denver"), ("83702", "Boise", "America/Denver"),
        ("83814", "Coeur d'Alene", "America/Los_Angeles"), ("85001", "Phoenix", "America/Phoenix"),
        ("89501", "Reno", "America/Los_Angeles"), ("96813", "Honolulu", "Pacific/Honolulu"),
        ("99701", "Fairbanks", "America/Anchorage"), ("98101", "Seattle", "America/Los_Angeles"),
    ],
)  # fmt: skip
def test_a_town_of_each_zone_is_where_it_is(code: str, city: str, zone: str) -> None:
    assert zone in {found.key for found in zones.named(places.of_zip(code))}, city


@pytest.mark.parametrize(
    ("code", "town", "wanted"),
    [
        ("32456", "Port St. Joe", "America/New_York"), ("32465", "Wewahitchka", "America/Chicago"),
        ("36867", "Phenix City", "America/New_York"), ("47586", "Tell City", "America/Chicago"),
        ("49801", "Iron Mountain", "America/Chicago"), ("49829", "Escanaba", "America/New_York"),
        ("67735", "Goodland", "America/Denver"), ("69101", "North Platte", "America/Chicago"),
        ("86515", "Window Rock", "America/Denver"), ("89883", "West Wendover", "America/Denver"),
        ("96799", "Pago Pago", "Pacific/Pago_Pago"), ("97914", "Ontario", "America/Denver"),
        ("99546", "Adak", "America/Adak"), ("46534", "Knox", "America/Chicago"),
    ],
)  # fmt: skip
def test_a_town_beyond_the_line_of_its_state_is_never_left_out(code: str, town: str, wanted: str) -> None:
    assert ZoneInfo(wanted) in zones.named(places.of_zip(code)), town


@pytest.mark.parametrize("code", ["09012", "34002", "96201", "00000"])
def test_military_mail_and_codes_of_nowhere_tell_nothing(code: str) -> None:
    assert places.of_zip(code) == ""


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("+12025550143", False), ("+18505550143", True), ("+18005550143", True),
        ("+442071234567", False), ("+491701234567", False), ("+16045550143", False), ("", False),
    ],
)  # fmt: skip
def test_only_a_number_under_1_that_does_not_tell_its_zone_is_asked(address: str, asked: bool) -> None:
    assert zones.can_ask(address) is asked


@pytest.fixture
def line(redis_url: str, clean_redis: str) -> Iterator[Line]:
    """A line on an empty store."""
    opened = open_line(Settings(redis_url=redis_url, stop_wait_s=0.2))
    yield opened
    opened.store.close()


def joined(line: Line, *texts: str) -> Texter:
    """Somebody of an area code with two zones who joined and then texted these."""
    person = Texter(line, datetime(2027, 1, 11, 17, tzinfo=UTC), f"+1850555014{len(texts)}")
    for text in (*WELL, *texts):
        person.text(text)
    return person


def enrolled(person: Texter) -> Enrolment:
    return Enrolment.decode(person.line.store.turns.read(person.contact).enrolment)


def test_the_zip_code_that_was_told_outranks_the_number(line: Line) -> None:
    assert enrolled(joined(line)).zones == "c,e"
    assert enrolled(joined(line, "98101")).zones == "x"


def test_skipping_leaves_every_zone_of_the_number(line: Line) -> None:
    assert enrolled(joined(line, "SKIP")).zones == "c,e"


def test_the_zip_code_stands_in_no_record_in_the_clear(line: Line) -> None:
    joined(line, "98101")
    for shard in range(64):
        for _, event in line.store.turns.events(shard):
            assert "98101" not in str(event)
