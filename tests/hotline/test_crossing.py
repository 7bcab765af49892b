"""What crosses in a call: forms that come late, of another call or behind the hang-up, texts in between, keys
and words in one form. None of what they tell is lost."""

from datetime import timedelta

import pytest

from flows.protocol import Medium
from flows.session import Session, Stage
from hotline.line import Line
from hotline.playing import Caller, Texter
from tests.hotline.conftest import NOON
from tests.hotline.test_incall import owed, stage


def doubted(person: Caller) -> list[str]:
    session = person.session
    assert isinstance(session, Session)
    return [one.id for one in person.line.protocol.questions if session.doubted >> one.place & 1]


@pytest.mark.parametrize("words", ["yes", "maybe I have chest pain"])
def test_words_of_a_call_that_another_one_took_over_put_its_question_in_doubt(
    line: Line, caller: Caller, words: str
) -> None:
    first = caller.call, caller.turn
    caller.dial()
    caller.call, caller.turn = first
    caller.speak(words)
    assert doubted(caller) == ["heart"]
    caller.hang_up()
    assert owed(line) == ["dropped"]


def test_words_that_come_behind_the_hang_up_are_owed(line: Line, caller: Caller) -> None:
    turn = caller.turn
    caller.hang_up()
    caller.turn = turn
    caller.speak("yes")
    (task,) = line.store.tasks.list()
    assert (task.reason, task.level) == ("dropped", "urgent_today")


@pytest.mark.parametrize("words", ["I have a fever", "I cannot feel my groin", "maybe I need an ambulance"])
def test_a_sign_that_comes_behind_the_hang_up_is_owed_at_once(line: Line, caller: Caller, words: str) -> None:
    turn = caller.turn
    caller.hang_up()
    caller.turn = turn
    caller.speak(words)
    assert owed(line) == ["told_emergency_now" if "groin" in words else "dropped"]
    session = caller.session
    assert session is not None and not session.call and session.stage in (Stage.asking, Stage.told)


def test_a_yes_keyed_just_before_the_hang_up_is_owed_though_it_comes_behind_it(
    line: Line, caller: Caller
) -> None:
    turn = caller.turn
    caller.hang_up()
    caller.turn = turn
    caller._send({"Digits": "1", "CallStatus": "completed"})
    assert owed(line) == ["dropped"]


def test_a_yes_beside_a_lesser_sign_behind_the_hang_up_is_owed_at_its_questions_floor(
    line: Line, caller: Caller
) -> None:
    for _ in range(2):
        caller.press("2")
    turn = caller.turn
    caller.hang_up()
    caller.turn = turn
    caller.speak("yes and my leg is numb")
    assert [(task.reason, task.level) for task in line.store.tasks.list()] == [("dropped", "urgent_today")]


@pytest.mark.parametrize("meanwhile", ["no", "HELP", "STOP"])
def test_a_yes_keyed_to_a_prompt_that_a_text_crossed_is_not_lost(
    line: Line, caller: Caller, meanwhile: str
) -> None:
    Texter(line, caller.at, caller.address).text(meanwhile)
    caller.press("1")
    assert doubted(caller) == (["heart", "vessel"] if meanwhile == "no" else ["heart"])
    caller.hang_up()
    assert "dropped" in owed(line)


def test_words_beside_a_key_at_a_confirmation_leave_what_waits(line: Line, caller: Caller) -> None:
    for _ in range(3):
        caller.press("2")
    caller.speak("four")
    caller._send({"Digits": "1", "SpeechResult": "I have a fever", "Confidence": "0.9"})
    assert owed(line) == ["told_emergency_now"]


@pytest.mark.parametrize("keys", ["", "3", "9", "38"])
def test_words_beside_a_key_at_a_menu_are_heard(line: Line, keys: str) -> None:
    person = Caller(line, NOON)
    person.dial()
    for key in keys:
        person.press(key)
    person._send({"Digits": "2", "SpeechResult": "I cannot feel my groin", "Confidence": "0.9"})
    assert "told_emergency_now" in owed(line)


def test_words_beside_a_key_behind_key_9_leave_the_question_that_waits(line: Line, caller: Caller) -> None:
    caller.press("9")
    caller._send({"Digits": "2", "SpeechResult": "I have a fever", "Confidence": "0.9"})
    caller.press("1")
    session = caller.session
    assert session is not None and session.stage is Stage.asking and any(session.raised)


@pytest.mark.parametrize("meanwhile", ["HELP", "STOP", ""])
def test_one_said_to_a_prompt_of_before_is_owed(line: Line, caller: Caller, meanwhile: str) -> None:
    turn = caller.turn
    if meanwhile:
        Texter(line, caller.at, caller.address).text(meanwhile)
    else:
        caller.hang_up()
        caller.turn = turn
    caller.speak("one")
    assert doubted(caller) == ["heart"]
    caller.hang_up()
    assert "dropped" in owed(line)


def test_a_yes_of_another_call_is_kept_while_this_one_confirms(line: Line, caller: Caller) -> None:
    first = caller.call, caller.turn
    caller.dial()
    caller.press("1")
    caller.speak("I have a fever")
    assert stage(caller) is Stage.confirming
    caller.call, caller.turn = first
    caller.speak("yes")
    assert doubted(caller) == ["heart"]


@pytest.mark.parametrize(
    ("words", "owed_then"),
    [("nine", "key_9"), ("not sure", "dropped"), ("one", "dropped"), ("three", "dropped")],
)
@pytest.mark.parametrize("status", ["completed", "in-progress"])
def test_what_answers_behind_the_hang_up_is_owed(
    line: Line, caller: Caller, words: str, owed_then: str, status: str
) -> None:
    turn = caller.turn
    caller.hang_up()
    caller.turn = turn
    caller._send({"SpeechResult": words, "Confidence": "0.9", "CallStatus": status})
    assert owed(line) == [owed_then]


def test_not_sure_keyed_behind_the_hang_up_is_owed(line: Line, caller: Caller) -> None:
    turn = caller.turn
    caller.hang_up()
    caller.turn = turn
    caller._send({"Digits": "3", "CallStatus": "completed"})
    assert owed(line) == ["dropped"]


def test_a_call_goes_on_though_another_one_came_and_ended_meanwhile(line: Line, caller: Caller) -> None:
    first = caller.call, caller.turn
    caller.dial()
    caller.hang_up()
    caller.call, caller.turn = first
    caller.speak("yes")
    said = {caller.press("1"), caller.press("9"), caller.speak("I cannot feel my legs")}
    assert len(said) == 3
    assert "told_emergency_now" in owed(line) or "key_9" in owed(line)


@pytest.mark.parametrize("status", ["completed", "in-progress"])
def test_a_delayed_form_of_the_call_before_does_not_trap_the_one_that_goes_on(
    line: Line, caller: Caller, status: str
) -> None:
    first = caller.call, caller.turn
    caller.dial()
    caller.press("1")
    second = caller.call, caller.turn
    caller.call, caller.turn = first
    caller._send({"SpeechResult": "maybe I have a fever", "Confidence": "0.9", "CallStatus": status})
    caller.hang_up()
    caller.call, caller.turn = second
    caller.speak("yes")
    said = [caller.press("1"), caller.press("9")]
    assert said[0] != said[1]
    assert "key_9" in owed(line) or "told_emergency_now" in owed(line)


@pytest.mark.parametrize(("keys", "words"), [("2", "yes"), ("2", "uh yes I leaked")])
def test_a_no_by_key_beside_a_yes_aloud_is_asked_again(
    line: Line, caller: Caller, keys: str, words: str
) -> None:
    caller.press("2")
    caller.press("2")
    caller._send({"Digits": keys, "SpeechResult": words, "Confidence": "0.9"})
    session = caller.session
    assert session is not None
    assert doubted(caller) == ["saddle"] or session.level.name == "emergency_now"


@pytest.mark.parametrize(("first", "then"), [("two", "both"), ("my leg is numb", "four")])
def test_another_choice_in_one_word_at_a_confirmation_counts(
    line: Line, caller: Caller, first: str, then: str
) -> None:
    for _ in range(3):
        caller.press("2")
    caller.speak(first)
    caller.speak(then)
    assert owed(line) == ["told_emergency_now"]


@pytest.mark.parametrize("words", ["las dos", "yes las dos"])
def test_a_choice_in_the_other_language_is_heard_as_it_is_meant(
    line: Line, caller: Caller, words: str
) -> None:
    for _ in range(3):
        caller.press("2")
    caller.speak(words)
    caller.press("1")
    assert owed(line) == ["told_emergency_now"]


def test_a_message_of_a_call_that_another_came_between_leads_on(line: Line, caller: Caller) -> None:
    caller.press("0")
    while stage(caller) is Stage.ringing:
        caller.nobody_answers()
    caller.press("2")
    assert stage(caller) is Stage.voicemail
    first = caller.call, caller.turn
    caller.dial()
    caller.hang_up()
    caller.call, caller.turn = first
    assert caller.leave()
    assert caller.turn > first[1]
    caller.press("911")
    assert "told_emergency_now" in owed(line)


def test_words_beside_keys_in_one_form_are_heard(line: Line, caller: Caller) -> None:
    caller._send({"Digits": "2", "SpeechResult": "I have a fever", "Confidence": "0.9"})
    session = caller.session
    assert session is not None and any(session.raised)


def test_an_answer_said_aloud_that_a_stop_by_text_crosses_is_owed(line: Line, caller: Caller) -> None:
    for _ in range(3):
        caller.press("2")
    Texter(line, caller.at, caller.address).text("STOP")
    caller.speak("four")
    caller.hang_up()
    assert owed(line) == ["dropped"]


def test_a_yes_said_aloud_while_a_text_says_no_is_asked_again(line: Line, caller: Caller) -> None:
    Texter(line, caller.at, caller.address).text("no")
    caller.speak("yes")
    assert doubted(caller) == ["heart", "vessel"]
    caller.hang_up()
    assert owed(line) == ["dropped"]


@pytest.mark.parametrize("meanwhile", ["9", "two"])
def test_a_late_text_counts_for_the_question_before_whatever_the_call_does_meanwhile(
    line: Line, caller: Caller, meanwhile: str
) -> None:
    for _ in range(3):
        caller.press("2")
    soon = timedelta(milliseconds=600)
    caller.step = soon
    caller.press(meanwhile) if meanwhile.isdigit() else caller.speak(meanwhile)
    texter = Texter(line, caller.at, caller.address)
    texter.step = soon
    assert "EMERGENCY" in texter.text("yes")


def hang_up_and_redial(person: Caller) -> tuple[tuple[str, int], tuple[str, int]]:
    """The call that is over and the one that is open, each with its turn."""
    over = person.call, person.turn
    person.hang_up()
    person.dial()
    return over, (person.call, person.turn)


def say_in(person: Caller, call: tuple[str, int], words: str) -> None:
    person.call, person.turn = call
    person._send({"SpeechResult": words, "Confidence": "0.9", "CallStatus": "completed"})


def test_a_key_behind_words_of_a_call_that_is_over_answers_what_its_caller_heard(
    line: Line, caller: Caller
) -> None:
    for _ in range(3):
        caller.press("2")
    over, _ = hang_up_and_redial(caller)
    caller.press("1")  # goes on: hears the question of the limbs
    heard_last = caller.call, caller.turn
    say_in(caller, over, "my leg is numb")
    assert caller.turn == over[1] + 1  # its turns are counted apart: no message id comes twice
    caller.call, caller.turn = heard_last
    caller.press("4")  # both legs
    assert doubted(caller) == ["limbs"] or "told_emergency_now" in owed(line)


def test_words_of_a_call_that_is_over_begin_no_encounter_anew_behind_a_menu(
    line: Line, caller: Caller
) -> None:
    for _ in range(3):
        caller.press("2")
    over, now = hang_up_and_redial(caller)
    say_in(caller, over, "I have a fever")
    caller.call, caller.turn = now
    caller.press("1")  # go on
    session = caller.session
    assert session is not None and session.stage is Stage.asking
    assert session.answers[0] >= 0  # nothing is asked anew
    assert owed(line) == []


@pytest.mark.parametrize("fields", [{}, {"Digits": "1"}, {"SpeechResult": "yes", "Confidence": "0.9"}])
def test_a_form_of_a_call_that_was_left_leaves_the_open_one_where_it_stands(
    line: Line, caller: Caller, fields: dict[str, str]
) -> None:
    over, _ = hang_up_and_redial(caller)
    caller.press("1")
    now = caller.call, caller.turn
    caller.call, caller.turn = over
    caller._send(fields)
    assert stage(caller) is Stage.asking
    caller.call, caller.turn = now
    assert "Chest pain" in caller.press("*")


def test_a_choice_said_beside_a_key_at_a_confirmation_is_asked_again(line: Line, caller: Caller) -> None:
    for _ in range(3):
        caller.press("2")
    caller.speak("two")
    caller._send({"Digits": "1", "SpeechResult": "four", "Confidence": "0.9"})
    assert doubted(caller) == ["limbs"] or "told_emergency_now" in owed(line)


def test_a_doubt_beside_a_stop_by_text_is_owed(line: Line) -> None:
    Texter(line, NOON, "+12025550177").text("maybe my groin is numb stop texting me")
    assert owed(line) == ["stopped"]


@pytest.mark.parametrize("then", ["las dos", "los dos", "no, las dos", "no las dos"])
def test_both_is_no_key_at_a_confirmation_in_spanish(line: Line, then: str) -> None:
    person = Caller(line, NOON)
    person.begin("es")
    for _ in range(3):
        person.press("2")
    person.speak("tengo una pierna dormida")
    person.speak(then)
    assert owed(line) == ["told_emergency_now"]


def test_who_texts_after_the_hang_up_is_reached_by_text_though_words_of_the_call_come_late(
    line: Line, caller: Caller
) -> None:
    over = caller.call, caller.turn
    caller.hang_up()
    Texter(line, caller.at, caller.address).text("no")
    say_in(caller, over, "maybe I have a fever")
    session = caller.session
    assert session is not None and session.medium is Medium.sms
    assert doubted(caller) == ["fever"]


def test_what_comes_behind_the_hang_up_raises_the_task_of_that_call(line: Line, caller: Caller) -> None:
    for _ in range(3):
        caller.press("2")
    caller.press("2")  # one limb
    over = caller.call, caller.turn
    caller.hang_up()
    (task,) = line.store.tasks.list()
    assert (task.reason, task.level) == ("dropped", "clinician_soon")
    say_in(caller, over, "I have a fever")
    (task,) = line.store.tasks.list()
    assert (task.reason, task.level) == ("dropped", "urgent_today")
