"""What one person agreed to, shown by one command, and an opt-out by staff."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from hotline import consent_proof, opting_out
from hotline.line import Line, open_line
from hotline.playing import Texter
from hotline.store import keys
from tests.hotline.edges import PERSON, TOKEN, run, settings_for

NOON = datetime(2027, 1, 11, 17, tzinfo=UTC)
SELF_CARE = ("BACK", "no", "no", "no", "1", "1", "1", "none", "40", "3", "1")


@pytest.fixture
def line(clean_redis: str) -> Iterator[Line]:
    own = open_line(settings_for(clean_redis))
    yield own
    own.store.close()


@pytest.fixture
def person(line: Line) -> Texter:
    """Somebody who was offered the texts and joined."""
    somebody = Texter(line, NOON)
    for text in (*SELF_CARE, "JOIN"):
        somebody.text(text)
    return somebody


def proof(line: Line, person: Texter) -> dict[str, object]:
    return consent_proof.proof(line, person.contact, person.at)


def consent(line: Line, *more: str) -> tuple[int, str, str]:
    """What the command says, and its exit code."""
    environment = {"BACKLINE_REDIS_URL": line.settings.redis_url, "BACKLINE_AUTH_TOKEN": TOKEN}
    done = run("consent", *more, environment=environment)
    return done.returncode, done.stdout, done.stderr


def decided(report: dict[str, object]) -> list[tuple[str, str, str]]:
    entries = report["entries"]
    assert isinstance(entries, list)
    return [(entry["decision"], entry["purpose"], entry["method"]) for entry in entries]


def test_the_proof_holds_the_offer_the_opt_in_and_the_stop_in_their_words(line: Line, person: Texter) -> None:
    person.text("STOP")
    report = proof(line, person)
    assert decided(report) == [
        ("offered", "reminders", "shown"),
        ("granted", "reminders", "JOIN"),
        ("withdrawn", "everything", "STOP"),
    ]  # fmt: skip
    assert report["whole"] and report["opted_out"] and not report["enrolled"]
    told = consent_proof.shown(report)
    assert "Want back care texts" in told and "you are in" in told and "reminders: may not be sent" in told


def test_staff_stop_a_person_once_and_nothing_more_may_be_sent(line: Line, person: Texter) -> None:
    assert opting_out.opt_out(line, person.contact, "staff", "staff", "Nurse Ada", person.at)
    assert not opting_out.opt_out(line, person.contact, "staff", "staff", "Nurse Ada", person.at)
    report = proof(line, person)
    assert decided(report)[-1] == ("withdrawn", "everything", "staff") and len(decided(report)) == 3
    assert report["may_be_sent"] == {
        name: {"may": False, "why": "opted_out"}
        for name in ("conversation", "reminders", "voice_reminders", "one_text")
    }


def test_after_a_stop_by_staff_a_join_shows_the_offer_before_it_enrols(line: Line) -> None:
    person = Texter(line, NOON)
    for text in SELF_CARE:
        person.text(text)
    opting_out.opt_out(line, person.contact, "staff", "staff", "Nurse Ada", person.at)
    assert "Want back care texts" in person.text("JOIN")
    report = proof(line, person)
    assert not report["enrolled"] and report["opted_out"]
    assert "you are in" in person.text("JOIN")
    report = proof(line, person)
    assert report["enrolled"] and not report["opted_out"]


def test_a_line_that_was_changed_afterwards_is_found_and_proves_nothing(line: Line, person: Texter) -> None:
    key = keys.ledger(keys.tag_of(person.contact), person.contact)
    stored = line.store.turns.proof(person.contact).lines[0]
    forged = f"{stored.link} {stored.line}".replace("Want back care", "Want some spam")
    line.store.turns._wire.run("LSET", key, 1, forged)
    report = proof(line, person)
    assert not report["whole"]
    assert "CHANGED" in consent_proof.shown(report)


def test_a_stop_that_was_cut_off_the_ledger_shows_and_permits_nothing(line: Line, person: Texter) -> None:
    """Whoever takes the STOP out of the ledger leaves lines that fit each other, and a head that does not."""
    person.text("STOP")
    key = keys.ledger(keys.tag_of(person.contact), person.contact)
    line.store.turns._wire.run("RPOP", key)
    report = proof(line, person)
    assert not report["ends"] and not report["whole"]
    assert report["may_be_sent"]["reminders"]["why"] == "ledger_changed"  # type: ignore[index]
    assert "LINES ARE MISSING AT THE END" in consent_proof.shown(report)
    somebody = Texter(line, NOON)
    for text in (*SELF_CARE, "JOIN"):
        somebody.text(text)
    found = consent_proof.checked(line, person.at)
    assert found == {"ledgers": 2, "not_whole": [person.contact]}
    assert consent(line, person.contact)[0] == 1
    code, told, _ = consent(line, "--all", "--json")
    assert code == 1 and json.loads(told) == found
    assert consent(line)[0] == 2 and consent(line, person.contact, "--all")[0] == 2


def test_who_is_on_the_programme_without_a_ledger_is_told_of(line: Line, person: Texter) -> None:
    line.store.turns._wire.run("DEL", keys.ledger(keys.tag_of(person.contact), person.contact))
    report = proof(line, person)
    assert not report["whole"] and report["entries"] == []


def test_the_command_proves_stops_and_refuses_by_its_exit_code(line: Line) -> None:
    person = Texter(line, line.now(), PERSON)
    for text in (*SELF_CARE, "JOIN"):
        person.text(text)
    code, told, _ = consent(line, PERSON, "--json")
    report = json.loads(told)
    assert code == 0 and report["contact"] == person.contact and report["enrolled"]
    assert PERSON not in told and PERSON.removeprefix("+1") not in told
    assert consent(line, person.contact, "--stop", "--by", "Nurse Ada")[0] == 0
    assert proof(line, person)["opted_out"]
    assert "already" in consent(line, PERSON, "--stop", "--by", "Nurse Ada")[2]
    assert consent(line, PERSON, "--stop")[0] == 2
    assert consent(line, "nobody")[0] == 1
