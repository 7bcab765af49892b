"""`python -m hotline.phone` starts for a trial and for nothing else; many people at once are no trouble."""

import os
import subprocess
import sys
import threading

import pytest

from hotline.phone.carrier import Carrier
from tests.hotline.phone.lines import SmallLine

TRIAL = {
    "BACKLINE_MODE": "trial",
    "BACKLINE_AUTH_TOKEN": "s3cr3t",
    "BACKLINE_PUBLIC_BASE_URL": "http://127.0.0.1:9",
}


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ({"BACKLINE_MODE": "production"}, "BACKLINE_MODE=trial"),
        ({"BACKLINE_AUTH_TOKEN": ""}, "set BACKLINE_AUTH_TOKEN"),
        ({"BACKLINE_PUBLIC_BASE_URL": ""}, "BACKLINE_PUBLIC_BASE_URL"),
    ],
)
def test_the_stand_in_refuses_to_start_and_says_what_to_set(wrong: dict[str, str], remedy: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BACKLINE_")}
    command = [sys.executable, "-m", "hotline.phone", "--port", "0"]
    ended = subprocess.run(
        command, env={**kept, **TRIAL, **wrong}, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 2
    assert remedy in ended.stderr
    assert "s3cr3t" not in ended.stderr


def test_twenty_people_text_and_call_at_once_and_each_gets_their_own_answer(
    carrier: Carrier, line: SmallLine
) -> None:
    line.answers["/sms"] = lambda form: f"<Response><Message>to {form['From']}</Message></Response>"
    line.answers["/voice"] = lambda form: f"<Response><Say>to {form['From']}</Say><Gather/></Response>"
    people = [f"+120255501{number:02}" for number in range(20)]
    heard: dict[str, list[str]] = {}

    def visit(person: str) -> None:
        exchange, call = carrier.text(person, "BACK"), carrier.dial(person)
        carrier.hang_up(call.sid)
        heard[person] = [*exchange.replies, *call.spoken()]

    visits = [threading.Thread(target=visit, args=(person,)) for person in people]
    for visit_ in visits:
        visit_.start()
    for visit_ in visits:
        visit_.join(20)
    assert carrier.settle()
    assert heard == {person: [f"to {person}", f"to {person}"] for person in people}
    assert len(line.forms("/voice/status")) == 20


def test_one_call_takes_one_key_at_a_time_from_two_hands(carrier: Carrier, line: SmallLine) -> None:
    line.says("/voice", '<Gather finishOnKey=""/>')
    call = carrier.dial("+12025550101")
    hands = [threading.Thread(target=carrier.press, args=(call.sid, key * 20)) for key in "12"]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(10)
    assert call.listening is not None
    assert sorted(call.listening.keys) == sorted("1" * 20 + "2" * 20)
