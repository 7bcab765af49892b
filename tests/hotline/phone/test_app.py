"""The phone's HTTP: what the demo and the page use, and whom it refuses."""

import pytest
import requests

from hotline.phone.clock import OwnClock, moved_s
from tests.hotline.phone.lines import PERSON, SmallLine


def post(phone: str, name: str, **asked: object) -> requests.Response:
    """One act of the phone."""
    return requests.post(f"{phone}/phone/api/{name}", json=asked, timeout=10)


def see(phone: str, name: str, **asked: str) -> dict[str, object]:
    """One look at the phone."""
    reply = requests.get(f"{phone}/phone/api/{name}", params=asked, timeout=10)
    assert reply.status_code == 200
    shown: dict[str, object] = reply.json()
    return shown


def test_a_text_and_its_thread_are_shown_with_segments(phone: str, line: SmallLine) -> None:
    line.says("/sms", "<Message>" + "é—" * 40 + "</Message>")
    exchange = post(phone, "text", **{"from": PERSON, "body": "BACK"}).json()
    assert exchange["replies"] == ["é—" * 40]
    assert (exchange["code"], exchange["fallback"]) == (None, False)
    messages = see(phone, "thread", number=PERSON)["messages"]
    assert isinstance(messages, list)
    assert [(m["direction"], m["encoding"], m["segments"]) for m in messages] == [
        ("in", "GSM-7", 1),
        ("out", "UCS-2", 2),
    ]


def test_the_same_text_can_come_twice_and_a_bare_plus_is_understood(phone: str, line: SmallLine) -> None:
    first = post(phone, "text", **{"from": PERSON, "body": "BACK"}).json()
    again = post(phone, "text", **{"from": PERSON, "body": "BACK", "sid": first["sid"]}).json()
    assert again["sid"] == first["sid"]
    assert [form["MessageSid"] for form in line.forms("/sms")] == [first["sid"]] * 2
    bare = requests.get(f"{phone}/phone/api/thread?number={PERSON}", timeout=5).json()
    assert (bare["number"], len(bare["messages"])) == (PERSON, 1)


def test_a_call_is_dialled_keyed_waited_for_and_hung_up(phone: str, line: SmallLine) -> None:
    line.says("/voice", '<Gather numDigits="1" action="/voice/2"><Say language="en-US">Key?</Say></Gather>')
    line.says("/voice/2", '<Gather timeout="9"><Say>More?</Say></Gather><Say>Nothing</Say><Gather/>')
    call = post(phone, "dial", **{"from": PERSON}).json()
    assert call["gather"] == {
        "num_digits": 1,
        "finish_on_key": "#",
        "timeout_s": 5,
        "keys": "",
        "hears": ["dtmf"],
    }
    assert call["transcript"] == [
        {"who": "line", "kind": "say", "text": "Key?", "language": "en-US", "at_s": 0.0}
    ]
    assert post(phone, "press", call=call["sid"], key="1").json()["gather"]["timeout_s"] == 9
    assert post(phone, "wait", call=call["sid"]).json()["state"] == "listening"
    ended = post(phone, "hangup", call=call["sid"]).json()
    assert (ended["state"], ended["ended_by"]) == ("ended", "caller")
    assert see(phone, "call", sid=call["sid"]) == ended


def test_the_clock_moves_on_and_never_back(phone: str, clock: OwnClock) -> None:
    assert post(phone, "clock", days=1, hours=2).json()["moved_s"] == 93_600
    assert moved_s(clock) == 93_600
    assert see(phone, "clock")["moved_s"] == 93_600
    assert post(phone, "clock", hours=-1).status_code == 400
    assert post(phone, "clock").status_code == 400


def test_faults_and_the_ledger_can_be_reached_from_another_process(phone: str) -> None:
    assert post(phone, "faults", kind="limit", times=2).json()["faults"][0]["times"] == 2
    assert post(phone, "faults", kind="nonsense").status_code == 400
    requests.delete(f"{phone}/phone/api/faults", timeout=5)
    assert see(phone, "faults") == {"faults": []}
    assert see(phone, "ledger") == {"requests": []}


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("text", {"from": "nobody", "body": "x"}),
        ("text", {"from": PERSON}),
        ("press", {"call": "CA0", "key": "1"}),
        ("dial", {}),
    ],
)
def test_what_cannot_be_done_is_answered_with_what_to_do(
    phone: str, name: str, asked: dict[str, str]
) -> None:
    reply = post(phone, name, **asked)
    assert reply.status_code == 400
    assert reply.json()["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://elsewhere.example"},
        {"Origin": "null"},
        {"Host": "elsewhere.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_page_from_elsewhere_cannot_use_the_phone(
    phone: str, line: SmallLine, headers: dict[str, str]
) -> None:
    address, asked = f"{phone}/phone/api/text", {"from": PERSON, "body": "BACK"}
    assert requests.post(address, json=asked, headers=headers, timeout=5).status_code == 403
    assert line.asked == []


def test_a_plain_form_cannot_use_the_phone_but_its_own_page_can(phone: str, line: SmallLine) -> None:
    address, asked = f"{phone}/phone/api/text", {"from": PERSON, "body": "BACK"}
    assert requests.post(address, data=asked, timeout=5).status_code == 400
    assert line.asked == []
    own = {"Origin": phone, "Sec-Fetch-Site": "same-origin"}
    assert requests.post(address, json=asked, headers=own, timeout=5).status_code == 200


def test_a_transfer_a_message_and_a_bad_line_are_played_by_json(phone: str, line: SmallLine) -> None:
    line.says("/voice", '<Dial action="/voice/2"><Number url="/voice/w">+12025550142</Number></Dial>')
    line.says("/voice/w", '<Gather numDigits="1"><Say>Press 1</Say></Gather><Hangup/>', "")
    line.says("/voice/2", '<Record action="/voice/3" finishOnKey="#"/>')
    line.says("/voice/3", '<Gather input="dtmf speech" action="/voice/4"><Say>Better?</Say></Gather>')
    line.says("/voice/4", "<Gather/>")
    call = post(phone, "dial", **{"from": PERSON}).json()
    assert (call["state"], call["ring"]["number"], call["ring"]["picked_up"]) == (
        "ringing",
        "+12025550142",
        False,
    )
    asked = post(phone, "nurse", call=call["sid"], does="pick_up").json()
    assert (asked["ring"]["picked_up"], asked["ring"]["words"]) == (True, ["Press 1"])
    talk = post(phone, "nurse", call=call["sid"], does="press", key="1").json()
    assert (talk["state"], talk["connected_to"], talk["ring"]) == ("connected", "+12025550142", None)
    assert post(phone, "nurse", call=call["sid"], does="hang_up").json()["record"]["finish_on_key"] == "#"
    left = post(phone, "message", call=call["sid"], seconds=5).json()
    assert (left["state"], left["gather"]["hears"]) == ("listening", ["dtmf", "speech"])
    assert post(phone, "message", call=call["sid"]).status_code == 400
    post(phone, "speak", call=call["sid"], words="yes a bit")
    assert line.forms("/voice/4")[0]["SpeechResult"] == "yes a bit"
    assert post(phone, "drop", call=call["sid"]).json()["ended_by"] == "carrier"
