"""What is still heard of a call that is over, or of a prompt of before: a wish for a nurse, key 9, a sign.
It is owed, and moves nothing in a call or a talk that is open."""

import pytest

from flows.session import Stage
from hotline.line import Line
from hotline.playing import Caller, Texter
from tests.hotline.conftest import NOON
from tests.hotline.test_crossing import doubted
from tests.hotline.test_incall import owed, stage

WISHES = ["get me a nurse", "zero", "call me back", "0"]


def _sends(person: Caller, told: str, **more: str) -> None:
    heard = {"SpeechResult": told, "Confidence": "0.9"} if not told.isdigit() else {"Digits": told}
    person._send(heard | more)


@pytest.mark.parametrize("status", ["completed", "in-progress"])
@pytest.mark.parametrize("wish", WISHES)
def test_a_wish_for_a_nurse_that_comes_behind_the_hang_up_is_owed(
    line: Line, caller: Caller, wish: str, status: str
) -> None:
    turn = caller.turn
    caller.hang_up()
    caller.turn = turn
    _sends(caller, wish, CallStatus=status)
    (task,) = line.store.tasks.list()
    assert (task.reason, task.level) == ("transfer_missed", "clinician_soon")


@pytest.mark.parametrize("wish", WISHES)
def test_a_wish_for_a_nurse_to_a_prompt_that_a_text_crossed_rings_one(
    line: Line, caller: Caller, wish: str
) -> None:
    Texter(line, caller.at, caller.address).text("HELP")
    _sends(caller, wish)
    assert stage(caller) is Stage.ringing


@pytest.mark.parametrize("told", ["0", "9", "zero"])
def test_a_number_to_a_prompt_of_before_calls_nobody(line: Line, caller: Caller, told: str) -> None:
    for key in ("2", "2", "2", "1", "1", "1", "0", "0", "2"):
        caller.press(key)
    question = caller.question
    assert question and question.id == "pain"
    Texter(line, caller.at, caller.address).text("HELP")
    _sends(caller, told)
    assert stage(caller) is Stage.asking


@pytest.mark.parametrize("words", ["my leg is numb", "maybe my leg is numb", "get me a nurse", "no"])
def test_words_of_a_call_that_is_over_move_nothing_in_the_open_one(
    line: Line, caller: Caller, words: str
) -> None:
    for _ in range(3):
        caller.press("2")
    first, turn = caller.call, caller.turn
    caller.hang_up()
    caller.dial()
    caller.press("1")
    second, its_turn = caller.call, caller.turn
    asked = caller.session.asked if caller.session else -1
    caller.call, caller.turn = first, turn
    _sends(caller, words, CallStatus="completed")
    caller.call, caller.turn = second, its_turn
    caller.press("4")
    session = caller.session
    assert session is not None and session.merged()[asked] & 1 << 4
    assert any(task.level == "emergency_now" for task in line.store.tasks.list())


def test_words_of_a_call_that_is_over_are_no_third_miss_of_the_open_one(line: Line, caller: Caller) -> None:
    first, turn = caller.call, caller.turn
    caller.hang_up()
    caller.dial()
    for _ in range(3):
        caller.wait()
    second, its_turn = caller.call, caller.turn
    assert stage(caller) is Stage.asking
    caller.call, caller.turn = first, turn
    _sends(caller, "I have a fever", CallStatus="completed")
    caller.call, caller.turn = second, its_turn
    assert stage(caller) is Stage.asking
    caller.press("2")
    assert stage(caller) is Stage.asking


@pytest.mark.parametrize("told", ["9", "nine"])
def test_key_9_of_a_call_that_is_over_is_owed_while_a_nurse_rings_for_the_open_one(
    line: Line, caller: Caller, told: str
) -> None:
    first, turn = caller.call, caller.turn
    caller.hang_up()
    caller.dial()
    caller.press("1")
    caller.press("0")
    caller.call, caller.turn = first, turn
    _sends(caller, told)
    assert (owed(line), stage(caller)) == (["key_9"], Stage.ringing)


@pytest.mark.parametrize(("words", "then"), [("nine", Stage.escape), ("press zero", Stage.ringing)])
def test_key_9_and_0_are_heard_said_at_a_confirmation(
    line: Line, caller: Caller, words: str, then: Stage
) -> None:
    for _ in range(3):
        caller.press("2")
    caller.speak("my leg is numb")
    caller.speak(words)
    session = caller.session
    assert session is not None and session.stage is then and any(session.merged())
    caller.hang_up()
    assert owed(line) == (["dropped", "key_9"] if then is Stage.escape else ["dropped", "transfer_missed"])


def test_words_behind_the_hang_up_answer_no_question_that_was_texted_since(
    line: Line, caller: Caller
) -> None:
    for _ in range(3):
        caller.press("2")
    over = caller.call, caller.turn
    caller.hang_up()
    texter = Texter(line, caller.at, caller.address)
    texter.text("BACK")
    caller.call, caller.turn = over
    _sends(caller, "my leg is numb")
    texter.text("4")
    assert "told_emergency_now" in owed(line)


def test_a_doubt_behind_the_hang_up_outlives_an_answer_to_what_was_texted_before_it(
    line: Line, caller: Caller
) -> None:
    for _ in range(2):
        caller.press("2")
    over = caller.call, caller.turn
    caller.hang_up()
    texter = Texter(line, caller.at, caller.address)
    texter.text("BACK")
    caller.call, caller.turn = over
    _sends(caller, "I have a fever. Maybe my groin is numb")
    texter.text("no")
    assert "saddle" in doubted(caller)


def test_a_sign_of_a_call_that_is_over_lets_a_key_of_the_greeting_answer_nothing(line: Line) -> None:
    person = Caller(line, NOON)
    person.dial()
    over = person.call, person.turn
    person.hang_up()
    person.dial()
    live = person.call, person.turn
    person.call, person.turn = over
    _sends(person, "my leg is numb", CallStatus="completed")
    person.call, person.turn = live
    person.press("3")  # of the menu, and not "not sure" at the first question
    session = person.session
    assert session is not None and (session.stage, session.unsure) == (Stage.asking, 0)
