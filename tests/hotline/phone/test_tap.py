"""What the carrier's REST is asked and answers is on the tape, also when the carrier is killed meanwhile."""

import os
import signal
import sys
from pathlib import Path

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from hotline import children
from hotline.phone.carrier import Carrier
from hotline.phone.http import LocalHttpClient
from hotline.phone.tap import FOLDER
from tests.hotline.phone import tape
from tests.hotline.phone.lines import ACCOUNT, PERSON
from tests.workers.installation import free_address, waited_for

FORM = {"to": PERSON, "from_": ACCOUNT.text_sender, "body": "Hello, é"}


@pytest.fixture
def folder() -> Path:
    """Where the carriers of this test write, and so do those of the processes that it starts: the run's own
    tape, so that these exchanges are judged too."""
    return Path(os.environ[FOLDER])


def test_a_text_its_answer_and_its_refusal_are_on_the_tape_and_the_password_is_not(
    folder: Path, client: Client, carrier: Carrier
) -> None:
    made = client.messages.create(**FORM)
    with pytest.raises(TwilioRestException):
        client.messages.create(**FORM | {"to": "hello"})
    sent, refused = tape.read(folder)
    assert (sent.method, sent.body) == ("POST", "To=%2B12025550101&From=%2B12025550100&Body=Hello%2C+%C3%A9")
    assert sent.headers["Authorization"] == "basic" and sent.fault is None
    assert sent.answer is not None and sent.answer.status == 201 and str(made.sid) in str(sent.answer.body)
    assert refused.answer is not None and refused.answer.status == 400
    [written] = folder.glob("*.jsonl")
    assert written.stem == str(os.getpid())
    assert ACCOUNT.auth_token not in written.read_text(encoding="utf-8")


def test_what_is_asked_for_is_on_the_tape_as_it_was_written(folder: Path, client: Client) -> None:
    client.messages.list(to=PERSON, page_size=2)
    assert [one.target.partition("?")[2] for one in tape.read(folder)] == ["To=%2B12025550101&PageSize=2"]


@pytest.mark.parametrize("kind", ["reset", "reset_after", "hang", "hang_after", "garbage", "error_after"])
def test_an_answer_that_breaks_off_has_no_body_and_the_fault_is_named(
    folder: Path, client: Client, carrier: Carrier, kind: str
) -> None:
    carrier.faults.order(kind, seconds=0.1)
    with pytest.raises((requests.RequestException, TwilioRestException, ValueError)):
        client.messages.create(**FORM)
    [lost] = tape.read(folder)
    assert lost.fault == kind and lost.answer is not None
    assert (lost.answer.body is None) == (kind not in ("garbage", "error_after"))


def test_the_phones_own_talk_is_not_on_the_tape(folder: Path, phone: str, client: Client) -> None:
    assert requests.get(f"{phone}/phone/api/line", timeout=5).ok
    assert client.messages.list() == []
    assert [one.target.partition("?")[0].rpartition("/")[2] for one in tape.read(folder)] == ["Messages.json"]


def test_nothing_is_written_where_no_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    monkeypatch.delenv(FOLDER)
    monkeypatch.chdir(tmp_path)
    client.messages.create(**FORM)
    assert list(tmp_path.iterdir()) == []


def test_a_carrier_that_is_killed_before_it_answers_leaves_what_it_was_asked(
    folder: Path, clean_redis: str
) -> None:
    address = free_address()
    settings = {
        "BACKLINE_MODE": "trial", "BACKLINE_REDIS_URL": clean_redis, "BACKLINE_CARRIER_URL": address,
        "BACKLINE_ACCOUNT_SID": ACCOUNT.sid, "BACKLINE_AUTH_TOKEN": ACCOUNT.auth_token,
        "BACKLINE_TEXT_SENDER": ACCOUNT.text_sender, "BACKLINE_PUBLIC_BASE_URL": "http://127.0.0.1:9",
    }  # fmt: skip
    carrier = children.start([sys.executable, "-m", "hotline.phone"], settings)
    try:
        assert waited_for(lambda: answers(address))
        requests.post(f"{address}/phone/api/faults", json={"kind": "hang", "seconds": 60}, timeout=5)
        client = Client(ACCOUNT.sid, ACCOUNT.auth_token, http_client=LocalHttpClient(address, timeout_s=0.5))
        with pytest.raises(requests.RequestException):
            client.messages.create(**FORM)
        os.kill(carrier.pid, signal.SIGKILL)
    finally:
        children.stop([carrier])
    [asked] = tape.read(folder)
    assert (asked.method, asked.answer) == ("POST", None)
    assert asked.where == f"{carrier.pid}.jsonl {carrier.pid}-0"
    assert "Body=Hello" in asked.body


def answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/phone/api/line", timeout=2).ok
    except requests.RequestException:
        return False
