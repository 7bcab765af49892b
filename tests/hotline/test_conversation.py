"""One turn on the real store: duplicates, late and racing texts, the carrier's keywords, calls, the clock."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
import redis

from flows.answers import understand
from flows.load import loads, read_folder
from flows.protocol import Level
from flows.session import Session, Stage
from hotline.channels import Inbound, Sort, sms, voice
from hotline.conversation import contact_of, render, take_turn, wake
from hotline.line import Line, open_line
from hotline.playing import Caller, Texter
from hotline.settings import PROTOCOL_FOLDER, Settings
from hotline.store import Task

NOON = datetime(2027, 1, 11, 17, tzinfo=UTC)


@pytest.fixture(scope="module")
def opened(redis_url: str) -> Iterator[Line]:
    """A line without a desk; its protocol is read once."""
    line = open_line(Settings(redis_url=redis_url, stop_wait_s=0.2))
    yield line
    line.store.close()


@pytest.fixture
def line(opened: Line, clean_redis: str) -> Line:
    """That line on an empty store."""
    return opened


@pytest.fixture
def texter(line: Line) -> Texter:
    """Somebody whose questions began."""
    person = Texter(line, NOON)
    person.begin()
    return person


@pytest.fixture
def caller(line: Line) -> Caller:
    """Somebody whose questions began on the phone."""
    person = Caller(line, NOON)
    person.begin()
    return person


def stands(person: Texter | Caller) -> Session:
    session = person.session
    assert session is not None
    return session


def tasks(line: Line) -> list[Task]:
    return list(line.store.tasks.list())


def form(person: Texter, body: str, sid: str) -> dict[str, str]:
    return {"From": person.address, "To": "+12025550100", "Body": body, "MessageSid": sid}


def text(line: Line, person: Texter, body: str, sid: str, at: datetime) -> bytes:
    return take_turn(line, sms, sms.read(form(person, body, sid)), at)


# Duplicates and races


def test_a_text_that_comes_twice_gets_the_same_bytes_and_counts_once(line: Line, texter: Texter) -> None:
    first = text(line, texter, "NO", "SM1", texter.at + timedelta(seconds=5))
    state = line.store.turns.read(texter.contact)
    again = text(line, texter, "NO", "SM1", texter.at + timedelta(minutes=10))
    assert again == first
    assert line.store.turns.read(texter.contact) == state


def test_a_replay_of_yesterday_says_and_changes_nothing(line: Line, texter: Texter) -> None:
    text(line, texter, "NO", "SM1", texter.at + timedelta(seconds=5))
    state = line.store.turns.read(texter.contact)
    assert text(line, texter, "NO", "SM1", texter.at + timedelta(hours=20)) == b""
    assert line.store.turns.read(texter.contact) == state


def test_texts_at_once_from_one_person_are_taken_one_after_the_other(line: Line, texter: Texter) -> None:
    """Each is answered, and a sign among them is not lost, whichever comes first."""
    at, replies = texter.at + timedelta(seconds=5), []
    bodies = ["NO", "my leg is weak", "NO", "HELP", "NOT SURE", "NO"]
    threads = [
        threading.Thread(target=lambda n=n, body=body: replies.append(text(line, texter, body, f"SM{n}", at)))
        for n, body in enumerate(bodies)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(replies) == len(bodies)
    session = stands(texter)
    assert session.raised[line.protocol.places["limbs"]] & 1 << 3


# Late texts


def test_a_text_one_second_after_our_question_answers_the_one_before(line: Line, texter: Texter) -> None:
    texter.text("NO")
    texter.step = timedelta(seconds=1)
    assert "passed out" in texter.text("NO")
    assert stands(texter).answers[line.protocol.places["vessel"]] == -2
    texter.step = timedelta(seconds=5)
    assert "hard to pee" in texter.text("NO")


def test_a_yes_one_second_after_our_question_raises_the_one_before(line: Line, texter: Texter) -> None:
    for answer in ("NO", "NO", "NO"):
        texter.text(answer)
    texter.step = timedelta(seconds=1)
    assert texter.text("YES").startswith("EMERGENCY")


def test_a_word_right_after_the_first_question_is_no_answer_to_it(texter: Texter) -> None:
    texter.step = timedelta(seconds=1)
    assert "Chest pain" in texter.text("NO")
    assert stands(texter).misses == 0


@pytest.mark.parametrize("words", ["I meant yes", "wait I meant yes to the last one", "sorry, yes"])
def test_i_meant_yes_is_never_lost_at_a_menu(texter: Texter, words: str) -> None:
    for answer in ("NO", "NO", "NO"):
        texter.text(answer)
    assert "hard to pee" in texter.text(words)
    assert texter.text("YES").startswith("EMERGENCY")


def test_a_bare_yes_at_a_menu_asks_the_menu_again(texter: Texter) -> None:
    for answer in ("NO", "NO", "NO"):
        texter.text(answer)
    assert "New leg or arm trouble?" in texter.text("YES")


# The carrier's keywords

WAYS = [
    ("self", "STOP", "", True), ("provider", "STOP", "", False), ("advanced_optout", "STOP", "STOP", False),
    ("self", "HELP", "", True), ("provider", "HELP", "", False), ("advanced_optout", "HELP", "HELP", False),
    ("advanced_optout", "please stop texting me", "", True), ("provider", "please stop texting me", "", True),
    ("provider", "YES", "", True), ("advanced_optout", "YES", "START", True),
]  # fmt: skip


@pytest.mark.parametrize(("mode", "body", "mark", "answered"), WAYS, ids=str)
def test_what_the_carrier_answers_itself_gets_no_second_answer(
    line: Line, mode: str, body: str, mark: str, answered: bool
) -> None:
    line = replace(line, settings=line.settings.model_copy(update={"keyword_mode": mode}))
    person = Texter(line, NOON)
    person.begin()
    assert bool(person.text(body, OptOutType=mark)) is answered
    if "STOP" in body.upper():
        assert line.store.turns.read(person.contact).opted_out


def test_yes_marked_as_opt_in_is_the_answer_to_the_open_question(texter: Texter) -> None:
    assert texter.text("YES", OptOutType="START").startswith("EMERGENCY: Call 911")


def test_a_stop_that_only_the_carrier_heard_is_recorded_beside_the_sign(line: Line, texter: Texter) -> None:
    heard = texter.text("stop the chest pain", OptOutType="STOP")
    assert heard.startswith("EMERGENCY") and "opted out" in heard
    assert line.store.turns.read(texter.contact).opted_out


def test_stop_is_in_the_ledger_and_a_later_text_is_still_answered(line: Line, texter: Texter) -> None:
    assert "We did not finish" in texter.text("STOP")
    assert '"withdrawn"' in line.store.turns.ledger(texter.contact)[-1]
    assert "You sent STOP before" in texter.text("my back hurts")
    assert line.store.turns.read(texter.contact).opted_out
    texter.text("START")
    assert not line.store.turns.read(texter.contact).opted_out


# Pictures


def test_words_beside_a_picture_are_read_and_a_picture_alone_is_no_miss(texter: Texter) -> None:
    assert "photos" in texter.text("", NumMedia="1")
    assert stands(texter).misses == 0
    assert texter.text("chest pain", NumMedia="1").startswith("EMERGENCY")


# Calls and texts of one person


def test_a_text_in_mid_call_is_answered_and_the_old_prompt_takes_no_key(line: Line, caller: Caller) -> None:
    """The key belonged to a question that a text answered meanwhile: what is open is asked anew."""
    texter = Texter(line, caller.at, address=caller.address)
    texter.text("NO")
    caller.at = texter.at
    assert "belly" in caller.press("1")
    assert stands(caller).answers[line.protocol.places["vessel"]] == -2


def test_a_stop_by_text_in_mid_call_leaves_the_call_at_the_greeting(line: Line, caller: Caller) -> None:
    texter = Texter(line, caller.at, address=caller.address)
    texter.text("STOP")
    caller.at = texter.at
    assert "BackLine" in caller.press("1")
    assert stands(caller).stage is Stage.greeting


def test_who_went_on_by_text_is_nudged_after_hanging_up(line: Line, caller: Caller) -> None:
    texter = Texter(line, caller.at, address=caller.address)
    texter.text("NO")
    caller.at = texter.at
    caller.hang_up()
    wake(line, caller.contact, caller.at + timedelta(minutes=11))
    assert line.store.outbox.counts()["pending"] == 1


def test_a_hang_up_that_nobody_called_for_changes_nothing(line: Line) -> None:
    fields = {"From": "+12025550143", "To": "+12025550111", "CallSid": "CA1", "CallStatus": "no-answer"}
    inbound = voice.read_status(fields)
    assert inbound is not None
    take_turn(line, voice, inbound, NOON)
    session = line.store.turns.read(contact_of(line, inbound)).session
    assert Session.decode(session).stage is Stage.idle


def test_a_hang_up_with_a_flag_open_is_a_task_and_a_call_goes_on(line: Line, caller: Caller) -> None:
    for key in ("2", "2", "2", "3"):
        caller.press(key)
    caller.hang_up()
    assert [(task.reason, task.level) for task in tasks(line)] == [("dropped", "urgent_today")]
    assert "press 1" in caller.dial()
    assert "injury" in caller.press("1")


def test_withheld_numbers_share_no_session(line: Line) -> None:
    first, second = (Caller(line, NOON, address="+266696687") for _ in range(2))
    first.begin()
    first.press("2")
    assert "press 1" not in second.dial()
    asked = [
        Inbound("anonymous", "+12025550111", f"{call}:0", Sort.call_began, anonymous=True, call=call)
        for call in "ab"
    ]
    assert len({contact_of(line, inbound) for inbound in asked}) == 2


def test_911_key_by_key_is_an_emergency_and_not_a_way_back(caller: Caller) -> None:
    """At a one-key question the 9 comes alone: the ones that follow must not mean "go back" and "yes"."""
    assert "To go back" in caller.press("9")
    assert "This is an emergency" in caller.press("11")


# The clock


def test_a_nudge_waits_in_the_outbox_and_its_words_are_rendered_when_sent(line: Line, texter: Texter) -> None:
    texter.text("NO")
    wake(line, texter.contact, texter.at + timedelta(minutes=10, seconds=1))
    wake(line, texter.contact, texter.at + timedelta(minutes=12))
    (id,) = line.store.outbox.ring(texter.at + timedelta(minutes=12), 10, 30)
    row = line.store.outbox.read(id)
    assert row is not None and row.row.purpose == "encounter"
    assert render(line, row.row).startswith("BackLine: You did not finish")


def test_the_safe_ending_comes_an_hour_after_the_nudge_with_its_task(line: Line, texter: Texter) -> None:
    texter.text("NOT SURE")
    wake(line, texter.contact, texter.at + timedelta(minutes=11))
    wake(line, texter.contact, texter.at + timedelta(minutes=71))
    assert stands(texter).stage is Stage.idle
    assert [task.reason for task in tasks(line)] == ["unfinished"]
    assert line.store.outbox.counts()["pending"] == 2


# Versions


def test_an_open_encounter_ends_on_the_protocol_it_began_on(line: Line, texter: Texter) -> None:
    line.publish()
    texter.text("NO")
    files = read_folder(PROTOCOL_FOLDER)
    files["texts/en.yaml"] = files["texts/en.yaml"].replace(
        "Any of these? Bad belly", "One of these? Bad belly"
    )
    newer = replace(line, protocol=loads(files), _older={})
    texter.line = newer
    for protocol in (newer.protocol_of(line.protocol.hash), newer.protocol):
        understand(protocol, "yes", None, "en")  # read once, before somebody waits: it takes a second here
    assert texter.text("HELP").endswith("YES, NO or NOT SURE?") and "Any of these?" in texter.heard
    assert stands(texter).protocol == line.protocol.hash
    texter.text("NEW")
    texter.text("NO")
    assert "One of these?" in texter.heard
    assert stands(texter).protocol == newer.protocol.hash


def test_an_encounter_whose_protocol_is_gone_starts_again_with_its_flags(line: Line, texter: Texter) -> None:
    for answer in ("NO", "NO", "NO", "3"):
        texter.text(answer)
    files = read_folder(PROTOCOL_FOLDER)
    files["texts/en.yaml"] = files["texts/en.yaml"].replace(
        "Any of these? Bad belly", "One of these? Bad belly"
    )
    texter.line = replace(line, protocol=loads(files), _older={})
    texter.text("1")
    assert "Chest pain" in texter.heard
    while (question := texter.question) is not None:
        texter.text("NO" if question.kind == "yes_no" else "0" if question.id == "risks" else "1")
    assert stands(texter).level is Level.urgent_today


# Privacy


def test_neither_the_number_nor_the_words_stand_in_the_store_in_clear(line: Line, texter: Texter) -> None:
    texter.text("my purple banana hurts")
    with redis.Redis.from_url(line.settings.redis_url) as client:
        kept = b"".join(key + (client.dump(key) or b"") for key in client.scan_iter())
    assert len(kept) > 100
    for secret in (texter.address[1:], "purple", "banana"):
        assert secret.encode() not in kept


def test_every_reply_by_text_is_one_message(texter: Texter, line: Line) -> None:
    """Separate messages can swap on the way."""
    body = text(line, texter, "HELP", "SMx", texter.at + timedelta(seconds=5))
    assert len(list(ElementTree.fromstring(body).iter("Message"))) == 1


# Several senders, one programme; the ledger's words


def test_each_sender_has_its_own_keyword_mode_and_one_opt_out_holds_for_all(line: Line) -> None:
    """STOP to the number whose carrier answers gets no second answer; the other number knows of it too."""
    told = {"keyword_modes": "+12025550160=provider"}
    line = replace(line, settings=line.settings.model_copy(update=told))
    person = Texter(line, NOON)
    fields = {"From": person.address, "Body": "STOP"}
    at_carrier = sms.read(fields | {"To": "+12025550160", "MessageSid": "SM71"})
    assert b"<Message>" not in take_turn(line, sms, at_carrier, NOON)
    assert line.store.turns.read(person.contact).opted_out
    again = sms.read(fields | {"To": "+12025550100", "MessageSid": "SM72"})
    assert b"<Message>" not in take_turn(line, sms, again, NOON)  # STOP twice is one confirmation
    assert line.store.turns.proof(person.contact).whole
