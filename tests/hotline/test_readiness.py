"""What an installation lacks: told at once and with the remedy; production starts with none of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
import redis

from hotline.embedded import embedded_redis
from hotline.line import open_line
from hotline.readiness import call_hour_warnings, filling_problems
from hotline.settings import PROTOCOL_FOLDER, Settings
from tests.hotline.edges import production, run

SIGNED = "name: A. Clinician\nrole: medical director\ndate: 2026-01-05\nhash: {hash}\n"


@pytest.fixture(scope="module")
def own_redis() -> Iterator[str]:
    with embedded_redis() as own:
        yield own.url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A signed protocol."""
    signed = tmp_path / "protocol"
    copytree(PROTOCOL_FOLDER, signed)
    hash = open_line(Settings(protocol_folder=signed)).protocol.hash
    (signed / "signoff.yaml").write_text(SIGNED.format(hash=hash), "utf-8")
    return signed


def test_an_installation_that_lacks_nothing_is_ready(own_redis: str, folder: Path) -> None:
    done = run("doctor", "--json", environment=production(own_redis, PROTOCOL_FOLDER=str(folder)))
    told = json.loads(done.stdout)
    assert (done.returncode, told["ready"], told["problems"]) == (0, True, [])


LACKS = [
    ({"SPEECH": "true"}, "BACKLINE_SPEECH"),
    ({"AUTH_TOKEN": ""}, "BACKLINE_AUTH_TOKEN"),
    ({"PUBLIC_BASE_URL": ""}, "BACKLINE_PUBLIC_BASE_URL"),
    ({"PUBLIC_BASE_URL": "http://line.example"}, "https"),
    ({"ACCOUNT_SID": "AC" + "0" * 32}, "BACKLINE_ACCOUNT_SID"),
    ({"ADDRESS_KEY": ""}, "BACKLINE_ADDRESS_KEY"),
    ({"SEALING_KEYS": ""}, "BACKLINE_SEALING_KEYS"),
    ({"SEALING_KEYS": "k1:short"}, "BACKLINE_SEALING_KEYS"),
    ({"OPTOUT_FEED_URL": "http://other.example", "OPTOUT_FEED_SECRET": "s" * 32}, "an https address"),
    ({"OPTOUT_FEED_URL": "https://other.example"}, "BACKLINE_OPTOUT_FEED_SECRET"),
    ({"OPTOUT_FEED_SECRET": "short"}, "BACKLINE_OPTOUT_FEED_SECRET is shorter"),
    (
        {"OPTOUT_FEED_SECRET": "s" * 32, "OPTOUT_FEED_SECRET_OLD": "short"},
        "BACKLINE_OPTOUT_FEED_SECRET_OLD is",
    ),
    ({"CARRIER_URL": "http://127.0.0.1:4010"}, "BACKLINE_CARRIER_URL"),
    ({"REDIS_URL": "redis://127.0.0.1:1/0"}, "BACKLINE_REDIS_URL"),
    ({"CLINIC_PHONE": "555-010-0100"}, "BACKLINE_CLINIC_PHONE"),
    ({"SEND_FROM": "20:00", "SEND_UNTIL": "09:00"}, "may leave at night"),
    ({"SEND_UNTIL": "22:00"}, "BACKLINE_SEND_UNTIL"),
    ({"CLINIC_NAME": "A Clinic With Far Too Long A Name"}, "BACKLINE_CLINIC_NAME takes 33 characters, 18"),
]


@pytest.mark.parametrize(("lacks", "told"), LACKS)
def test_production_refuses_to_start_and_says_what_to_set(
    own_redis: str, folder: Path, lacks: dict[str, str], told: str
) -> None:
    environment = production(own_redis, **({"PROTOCOL_FOLDER": str(folder)} | lacks))
    done = run("serve", "--bind", "127.0.0.1:0", environment=environment)
    assert done.returncode == 1, done.stderr
    assert told in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(("name", "value"), [("appendonly", "no"), ("maxmemory-policy", "allkeys-lru")])
def test_production_refuses_a_redis_that_may_lose_what_it_acknowledged(
    folder: Path, name: str, value: str
) -> None:
    with embedded_redis() as own, redis.Redis.from_url(own.url) as client:
        client.config_set(name, value)
        environment = production(own.url, PROTOCOL_FOLDER=str(folder))
        done = run("serve", "--bind", "127.0.0.1:0", environment=environment)
        assert done.returncode == 1 and name in done.stderr


@pytest.mark.parametrize(
    "signed", ["", "- a list\n", "name: A\nhash: other\n", SIGNED.format(hash="0" * 64), ": :\n  x"]
)
def test_production_refuses_a_protocol_that_nobody_signed_or_that_changed_since(
    own_redis: str, folder: Path, signed: str
) -> None:
    (folder / "signoff.yaml").write_text(signed, "utf-8")
    done = run(
        "serve", "--bind", "127.0.0.1:0", environment=production(own_redis, PROTOCOL_FOLDER=str(folder))
    )
    assert done.returncode == 1 and "sign" in done.stderr and "Traceback" not in done.stderr


def test_doctor_tells_everything_that_is_missing_at_once() -> None:
    done = run(
        "doctor",
        "--json",
        environment={"BACKLINE_MODE": "production", "BACKLINE_REDIS_URL": "redis://127.0.0.1:1"},
    )
    problems = "\n".join(json.loads(done.stdout)["problems"])
    assert done.returncode == 1
    for name in ("AUTH_TOKEN", "PUBLIC_BASE_URL", "ACCOUNT_SID", "ADDRESS_KEY", "SEALING_KEYS", "REDIS_URL"):
        assert f"BACKLINE_{name}" in problems
    for name in ("TEXT_SENDER", "VOICE_SENDER", "CLINIC_NAME", "CLINIC_PHONE", "LINE_PHONE", "LINK"):
        assert f"set BACKLINE_{name} to" in problems
    assert "sign" in problems


def test_doctor_names_a_setting_that_cannot_be_read_without_its_value() -> None:
    done = run("doctor", environment={"BACKLINE_DESK_ANSWER_H": "s3cret", "BACKLINE_MODE": "loud"})
    assert done.returncode == 1
    assert "BACKLINE_DESK_ANSWER_H" in done.stdout and "BACKLINE_MODE" in done.stdout
    assert "s3cret" not in done.stdout + done.stderr


def test_doctor_warns_of_a_toll_free_number_as_the_only_text_sender() -> None:
    environment = {"BACKLINE_TEXT_SENDER": "+18005550100", "BACKLINE_KEYWORD_MODE": "provider"}
    told = json.loads(run("doctor", "--json", environment=environment).stdout)
    assert "toll-free" in told["warnings"][0]


MISFITS = [
    ({"clinic_name": "Clínica"}, "BACKLINE_CLINIC_NAME has í,"),
    ({"clinic_name": "Café of the Spine"}, ""),
    ({"clinic_name": "[A] St Spine Clinic"}, "BACKLINE_CLINIC_NAME takes 21 characters, 18 at most"),
    ({"link": " "}, "BACKLINE_LINK is empty"),
    ({"emergency": "112"}, "BACKLINE_EMERGENCY_SPOKEN is not the number of BACKLINE_EMERGENCY"),
    ({"emergency": "112", "emergency_spoken": "1 1 2"}, ""),
    ({"emergency": "999 please"}, "BACKLINE_EMERGENCY takes 10 characters, 3 at most"),
    ({"crisis_spoken": "nine eight eight"}, "BACKLINE_CRISIS_SPOKEN"),
]


@pytest.mark.parametrize(("told", "problem"), MISFITS)
def test_what_stands_in_the_texts_must_fit_the_room_that_they_were_measured_with(
    told: dict[str, str], problem: str
) -> None:
    found = filling_problems(open_line(Settings(**told)))  # type: ignore[arg-type]
    assert any(problem in text for text in found) if problem else found == []


def test_doctor_measures_a_long_name_before_anybody_gets_it_in_three_segments() -> None:
    name = "Clínica de Espalda y Columna de la Avenida Principal"
    told = json.loads(run("doctor", "--json", environment={"BACKLINE_CLINIC_NAME": name}).stdout)
    assert any("BACKLINE_CLINIC_NAME has í" in text for text in told["problems"])


def test_hours_of_calls_that_the_sending_window_cuts_off_are_named(own_redis: str) -> None:
    short = open_line(Settings(redis_url=own_redis, send_until="18:00"))
    (warning,) = call_hour_warnings(short)
    assert "evening (17:30)" in warning and "hold 17:30 to 18:30" in warning
    assert call_hour_warnings(open_line(Settings(redis_url=own_redis))) == []
