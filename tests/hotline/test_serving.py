"""The door as a real server, with a Redis that goes away under it: safe words in two seconds, and no word
of a person in what it logs."""

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from xml.etree import ElementTree

import redis
from flask.testing import FlaskClient

from hotline.embedded import embedded_redis
from hotline.line import open_line
from hotline.web import create_app
from tests.hotline.edges import (
    BASE,
    ROOT,
    TOKEN,
    call_form,
    environment_for,
    fetch,
    headers_for,
    post,
    serving,
    settings_for,
    text_form,
)

NUMBERS = ("2025550123", "5550123", "2025550100")


def words(answer: bytes) -> str:
    """What an answer says, read as XML."""
    return " ".join(part.strip() for part in ElementTree.fromstring(answer).itertext()).strip()


def ask(client: FlaskClient, path: str, form: dict[str, str]) -> bytes:
    """The answer to a signed request."""
    answer: bytes = client.post(path, data=form, headers=headers_for(BASE + path, list(form.items()))).data
    return answer


def test_while_redis_is_stopped_or_hangs_everybody_gets_safe_words_in_two_seconds(tmp_path: Path) -> None:
    """Twenty callers at once, on a real server; it heals by itself, with and without a restart of Redis."""
    log = tmp_path / "log"
    with embedded_redis() as redis:
        pid = _redis_of(redis.url)
        with serving(environment_for(redis.url, LATE_ANSWER_S="0"), log) as url:
            assert "Chest pain" in words(post(f"{url}/sms", text_form("BACK", "SM1"))[1])
            os.kill(pid, signal.SIGSTOP)
            try:
                told = _at_once(url, 20)
                assert fetch(f"{url}/fallback/voice")[0] == 200
                assert fetch(f"{url}/ready")[0] == 503
            finally:
                os.kill(pid, signal.SIGCONT)
            assert max(seconds for seconds, _ in told) < 2.0
            assert all("9 1 1" in said or "911" in said for _, said in told)
            assert "belly" in _until_answered(url)
            os.kill(pid, signal.SIGKILL)
            told = _at_once(url, 20)
            assert max(seconds for seconds, _ in told) < 2.0
            assert all("9 1 1" in said or "911" in said for _, said in told)
            assert fetch(f"{url}/fallback/sms")[0] == 200
    assert not any(number in log.read_text("utf-8") for number in NUMBERS)


def _redis_of(url: str) -> int:
    with redis.Redis.from_url(url) as client:
        return int(client.info("server")["process_id"])


def _at_once(url: str, people: int) -> list[tuple[float, str]]:
    told: list[tuple[float, str]] = []

    def ask_once(number: int) -> None:
        began = time.monotonic()
        sender = f"+1202555{100 + number:04}"
        if number % 2:
            status, body = post(f"{url}/sms", text_form("no", f"SMx{number}", From=sender))
        else:
            status, body = post(f"{url}/voice", call_form(f"CAx{number}", From=sender))
        told.append((time.monotonic() - began, words(body) if status == 200 else str(status)))

    threads = [threading.Thread(target=ask_once, args=(number,)) for number in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def _until_answered(url: str) -> str:
    until = time.monotonic() + 5
    number = 0
    while time.monotonic() < until:
        number += 1
        said = words(post(f"{url}/sms", text_form("no", f"SMy{number}"))[1])
        if "fault" not in said:
            return said
        time.sleep(0.1)
    return ""


def test_a_worker_that_starts_while_redis_is_away_still_says_safe_words() -> None:
    own = open_line(settings_for("redis://127.0.0.1:1/0"))
    client = create_app(own).test_client()
    assert "911" in words(ask(client, "/sms", text_form("BACK", "SM1")))
    assert "9 1 1" in words(ask(client, "/voice", call_form("CA1")))
    for medium, number in (("sms", "911"), ("voice", "9 1 1")):
        for answer in (
            client.get(f"/fallback/{medium}"),
            client.post(f"/fallback/{medium}", data={"ErrorCode": "11200"}),
        ):
            assert answer.status_code == 200 and number in words(answer.data)


def test_a_real_server_refuses_too_much_and_keeps_silent_about_people(
    clean_redis: str, tmp_path: Path
) -> None:
    """Content of no told length too; what a whole encounter logs holds no number and no answer."""
    log = tmp_path / "log"
    environment = environment_for(clean_redis, LOG_LEVEL="DEBUG")
    with serving(environment, log, workers=1) as url:
        assert post(f"{url}/sms", text_form("x" * 300_000, "SM0"))[0] == 413
        chunked = urllib.request.Request(f"{url}/sms", iter([b"a=b&" * 1000] * 50), headers_for(url, []))
        assert fetch(chunked)[0] == 413
        query = "/sms?name=Jos%C3%A9%2F&zzz=1"
        assert post(url + query, text_form("BACK", "SM1"))[0] == 200
        for number, body in enumerate(["no", "my sister Zelda says xyzzy", "plugh no"]):
            assert post(f"{url}/sms", text_form(body, f"SM2{number}"))[0] == 200
        assert post(f"{url}/voice", call_form("CA1"))[0] == 200
        assert post(f"{url}/voice/1", call_form("CA1", Digits="1"))[0] == 200
        assert post(f"{url}/voice/status", call_form("CA1", CallStatus="completed"))[0] == 204
        assert post(f"{url}/sms", text_form("xyzzy", "SM9"), base="https://forged.example")[0] == 403
    told = log.read_text("utf-8")
    assert "the signature does not fit" in told
    assert not any(secret in told for secret in (*NUMBERS, "xyzzy", "plugh", "Zelda", TOKEN))


def test_production_never_loads_the_demos_phone(clean_redis: str) -> None:
    code = (
        "import sys, hotline.web; hotline.web.app_from_settings();"
        "print([name for name in sys.modules if name.startswith('hotline.phone')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60,
        env=os.environ | environment_for(clean_redis),
    )  # fmt: skip
    assert done.stdout.strip() == "[]", done.stderr
