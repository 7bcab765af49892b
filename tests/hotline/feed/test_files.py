"""Opt-outs by file: what a programme without a webhook gives us and gets from us."""

import csv
import json
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis
from pydantic import SecretStr

from hotline import consent_proof, opting_out
from hotline.consent import readable
from hotline.feed import files
from hotline.line import Line, open_line
from hotline.playing import Texter
from tests.hotline.edges import PERSON, TOKEN, run, settings_for
from tests.hotline.feed.others import SECRET, THEIRS

NOON = datetime(2027, 1, 11, 17, tzinfo=UTC)
HEADER = "id,number,at,source\n"
GOOD = f"r-1,{THEIRS},2027-01-10T08:00:00-05:00,pharmacy\n"


@pytest.fixture
def line(clean_redis: str) -> Iterator[Line]:
    own = open_line(settings_for(clean_redis, optout_feed_secret=SecretStr(SECRET)))
    yield own
    own.store.close()


def written(folder: Path, told: str | bytes) -> Path:
    path = folder / "theirs.csv"
    path.write_bytes(told if isinstance(told, bytes) else told.encode())
    return path


def consent(line: Line, *more: str) -> tuple[int, str, str]:
    """What the command says, and its exit code."""
    environment = {
        "BACKLINE_REDIS_URL": line.settings.redis_url,
        "BACKLINE_AUTH_TOKEN": TOKEN,
        "BACKLINE_OPTOUT_FEED_URL": line.settings.optout_feed_url,
    }
    done = run("consent", *more, environment=environment)
    return done.returncode, done.stdout, done.stderr


def sources(line: Line, number: str) -> list[tuple[str, str, str]]:
    ledger = readable(line.store.turns.ledger(line.sealer.contact_of(number)))
    return [(one.decision.value, one.method, one.source) for one in ledger]


def forget_messages(line: Line) -> int:
    """Two days pass in the store: it knows no message's id any more; how many these were."""
    with redis.Redis.from_url(line.settings.redis_url) as client:
        return sum(client.delete(key) for key in client.scan_iter("*:i:*"))


def read_back(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_line_of_a_file_is_an_opt_out_and_a_line_of_the_ledger_once(line: Line, tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + GOOD)
    done = files.import_from(line, path, NOON)
    assert (done.new, done.known, done.refused) == (1, 0, [])
    again = files.import_from(line, path, NOON)
    assert (again.new, again.known, again.refused) == (0, 1, [])
    assert sources(line, THEIRS) == [("withdrawn", "file", "r-1 2027-01-10T13:00:00+00:00 pharmacy")]
    assert "feed, file, source r-1" in consent_proof.shown(
        consent_proof.proof(line, line.sealer.contact_of(THEIRS), NOON)
    )


def test_a_file_that_comes_again_after_months_still_changes_nothing(line: Line, tmp_path: Path) -> None:
    """The store forgets a message's id in two days; the ledger does not."""
    path = written(tmp_path, HEADER + GOOD)
    files.import_from(line, path, NOON)
    assert forget_messages(line) > 0
    texter = Texter(line, NOON, THEIRS)
    texter.text("START")
    assert files.import_from(line, path, NOON.replace(month=7)).known == 1
    assert not line.store.turns.read(texter.contact).opted_out


def test_a_spreadsheets_file_with_more_columns_and_its_mark_is_read(line: Line, tmp_path: Path) -> None:
    told = '\ufeffname,number,id,at\r\n"Doe, J",+1 (202) 555-0177,r-1,2027-01-10T08:00:00Z\r\n\r\n'
    done = files.import_from(line, written(tmp_path, told), NOON)
    assert (done.new, done.refused) == (1, [])
    assert line.store.turns.read(line.sealer.contact_of(THEIRS)).opted_out


def test_a_refused_line_is_named_by_its_place_and_the_others_count(line: Line, tmp_path: Path) -> None:
    bad = "r-2,2025550178,2027-01-10T08:00:00Z,x\nr 3,+12025550179,2027-01-10T08:00:00Z,x\nr-4\n"
    code, told, errors = consent(line, "--import", str(written(tmp_path, HEADER + bad + GOOD)))
    assert code == 1 and errors == ""
    head, *refused = told.splitlines()
    assert head == "1 new, 0 known before, 3 refused"
    assert [one.partition(":")[0] for one in refused] == ["line 2", "line 3", "line 4"]
    assert "number" in refused[0] and "id" in refused[1]
    assert "555" not in told
    assert len(line.store.turns.opted_out()) == 1


BAD_FILES: dict[str, tuple[str | bytes, str]] = {
    "no header": (GOOD, "no id"),
    "empty": ("", "no id"),
    "latin": (HEADER.encode() + b"r-1,+12025550177,2027-01-10T08:00:00Z,cl\xednica\n", "UTF-8"),
    "endless field": (HEADER + "r-1," + "1" * 200_000, "line 1"),
}


@pytest.mark.parametrize("what", BAD_FILES)
def test_a_file_that_is_none_is_refused_and_says_what_it_must_be(
    line: Line, tmp_path: Path, what: str
) -> None:
    told, word = BAD_FILES[what]
    code, out, errors = consent(line, "--import", str(written(tmp_path, told)))
    assert code == 1 and word in errors and "Traceback" not in errors and "555" not in out + errors


def test_a_file_that_is_not_there_is_no_traceback(line: Line, tmp_path: Path) -> None:
    code, _, errors = consent(line, "--import", str(tmp_path / "none.csv"))
    assert code != 0 and "Traceback" not in errors and "none.csv" in errors
    code, _, errors = consent(line, "--export", str(tmp_path / "nowhere" / "out.csv"))
    assert code != 0 and "Traceback" not in errors


def test_everybody_who_is_out_and_whose_number_is_known_is_exported(line: Line, tmp_path: Path) -> None:
    """By text, by feed, and by staff of somebody whose number we never had; who came back is not."""
    person = Texter(line, NOON, PERSON)
    for words in ("BACK", "STOP", "STOP"):
        person.text(words)
    back = Texter(line, NOON)
    for words in ("BACK", "STOP", "START"):
        back.text(words)
    fed = Texter(line, NOON, THEIRS)
    fed.text("BACK")
    files.import_from(line, written(tmp_path, HEADER + GOOD), NOON)
    nobody = line.sealer.contact_of("+12025550188")
    opting_out.opt_out(line, nobody, "staff", "staff", "Ada", NOON)
    path = tmp_path / "ours.csv"
    code, told, _ = consent(line, "--export", str(path), "--json")
    assert code == 0 and json.loads(told) == {"written": 2, "number_not_known": 1}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rows = {row["number"]: row for row in read_back(path)}
    assert set(rows) == {PERSON, THEIRS}
    assert (rows[PERSON]["source"], rows[PERSON]["at"]) == ("sms STOP", "2027-01-11T17:00:10+00:00")
    theirs = ("r-1", "2027-01-10T13:00:00+00:00", "pharmacy")
    assert tuple(rows[THEIRS][name] for name in ("id", "at", "source")) == theirs


def test_that_it_went_out_stands_in_the_ledger_once_and_our_own_file_changes_nothing(
    line: Line, tmp_path: Path
) -> None:
    person = Texter(line, NOON, PERSON)
    person.text("BACK")
    person.text("STOP")
    path = tmp_path / "ours.csv"
    for _ in range(2):
        assert files.export_to(line, path, NOON) == (1, 0)
        forget_messages(line)
    (id,) = [row["id"] for row in read_back(path)]
    assert [one for one in sources(line, PERSON) if one[0] == "passed_on"] == [("passed_on", "file", id)]
    before = sources(line, PERSON)
    done = files.import_from(line, path, NOON)
    assert (done.new, done.known, done.refused) == (0, 1, []) and sources(line, PERSON) == before


def test_a_withheld_number_that_ended_the_texts_is_counted_and_not_written(
    line: Line, tmp_path: Path
) -> None:
    Texter(line, NOON, "anonymous").text("STOP")
    assert files.export_to(line, tmp_path / "ours.csv", NOON) == (0, 1)


def test_staff_are_told_where_the_other_programmes_cannot_be(line: Line) -> None:
    line.settings.optout_feed_url = "https://other.example/feed"
    contact = line.sealer.contact_of("+12025550189")
    _, _, errors = consent(line, contact, "--stop", "--by", "Ada")
    assert "opted out" in errors and "tell the other programmes yourself" in errors
    _, _, errors = consent(line, "+1 202-555-0190", "--stop", "--by", "Ada")
    assert "opted out" in errors and "yourself" not in errors
    assert line.store.outbox.counts()["pending"] == 1


@pytest.mark.parametrize(
    "asked",
    [
        (),
        (PERSON, "--import", __file__),
        ("--import", __file__, "--export", "y"),
        ("--export", "y", "--stop", "--by", "A"),
    ],
)
def test_one_thing_is_asked_at_a_time(line: Line, asked: tuple[str, ...]) -> None:
    assert consent(line, *asked)[0] == 2
