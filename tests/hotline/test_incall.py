"""A call on the real store: the way to a person, what is recorded of it, and what arrives late."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from flows.session import Session, Stage
from hotline import calls
from hotline.channels import voice
from hotline.cli import main
from hotline.conversation import take_turn, wake
from hotline.line import Line
from hotline.playing import Caller, Texter


def stage(person: Caller) -> Stage:
    session = person.session
    assert isinstance(session, Session)
    return session.stage


def owed(line: Line) -> list[str]:
    return sorted(task.reason for task in line.store.tasks.list())


def events(line: Line, person: Caller) -> list[dict[str, str]]:
    told = (event for shard in range(64) for _, event in line.store.turns.events(shard, "0"))
    return [event for event in told if event["contact"] == person.contact]


def test_a_nurse_who_takes_the_call_is_connected_and_nobody_owes_a_second_one(
    line: Line, caller: Caller
) -> None:
    caller.press("0")
    assert caller.nurse_takes_it() == voice.EMPTY
    assert stage(caller) is Stage.connected
    assert "Goodbye" in caller.nobody_answers("completed")
    assert owed(line) == []


def test_a_nurse_who_takes_a_call_that_is_over_is_told_by_a_hang_up(line: Line, caller: Caller) -> None:
    caller.press("0")
    caller.hang_up()
    assert caller.nurse_takes_it() == voice.GONE
    assert owed(line) == ["transfer_missed"]


def test_a_nurse_who_accepted_but_was_never_connected_leaves_the_next_phone_and_then_a_task(
    line: Line, caller: Caller
) -> None:
    caller.press("0")
    caller.nurse_takes_it()
    assert "next nurse" in caller.nobody_answers("completed", bridged="false")
    caller.nurse_takes_it()
    assert "call back" in caller.nobody_answers("completed", bridged="false")
    assert owed(line) == ["transfer_missed"]


def test_a_talk_that_the_carrier_tells_of_is_one_even_where_the_accept_key_never_came(
    line: Line, caller: Caller
) -> None:
    caller.press("0")
    assert "Goodbye" in caller.nobody_answers("completed", bridged="true")
    assert owed(line) == []


@pytest.mark.parametrize("leaves", ["texts", "calls again"])
def test_whoever_leaves_by_a_text_or_a_new_call_while_a_phone_rings_is_owed_a_call(
    line: Line, caller: Caller, leaves: str
) -> None:
    caller.press("0")
    if leaves == "texts":
        Texter(line, caller.at, caller.address).text("no")
        caller.hang_up()
    else:
        caller.dial()
    assert owed(line) == ["transfer_missed"]


@pytest.mark.parametrize("leaves", ["texts", "calls again"])
def test_a_sign_said_aloud_counts_where_its_confirmation_is_cut_short(
    line: Line, caller: Caller, leaves: str
) -> None:
    assert "is right" in caller.speak("I can't feel my legs")
    texter = Texter(line, caller.at, caller.address)
    told = texter.text("no") if leaves == "texts" else caller.dial()
    assert "ER now" in told
    assert owed(line) == ["told_emergency_now"]


def test_a_sign_said_aloud_counts_where_the_clock_ends_the_encounter(line: Line, caller: Caller) -> None:
    caller.speak("I can't feel my legs")
    wake(line, caller.contact, caller.at + timedelta(hours=2))
    assert [(task.reason, task.level) for task in line.store.tasks.list()] == [
        ("unfinished", "emergency_now")
    ]


def test_each_call_that_breaks_off_is_a_task_of_its_own_at_its_own_level(line: Line, caller: Caller) -> None:
    for keys in (("2", "2", "2", "2"), ("1", "1", "2")):  # a leg hurts; gone on, no fall, a fever
        for key in keys:
            caller.press(key)
        caller.hang_up()
        caller.dial()
    levels = sorted(task.level for task in line.store.tasks.list() if task.reason == "dropped")
    assert levels == ["clinician_soon", "urgent_today"]


def test_another_key_of_the_nurse_connects_nobody(caller: Caller) -> None:
    caller.press("0")
    assert caller.nurse_takes_it("5") == b""
    assert stage(caller) is Stage.ringing


def test_a_message_is_a_task_with_its_sealed_reference_and_no_words(line: Line, caller: Caller) -> None:
    caller.press("0")
    caller.nobody_answers()
    caller.nobody_answers()
    caller.press("2")
    caller.leave()
    assert owed(line) == ["transfer_missed", "voicemail"]
    (task,) = [task for task in line.store.tasks.list() if task.reason == "voicemail"]
    assert line.store.tasks.read(task.id).note.startswith("recording RE")


def test_a_call_back_asked_for_twice_keeps_both_recordings(line: Line, caller: Caller) -> None:
    """The second may give the number that is right."""
    for _ in range(2):
        caller.press("0")
        caller.nobody_answers()
        caller.nobody_answers()
        for key in "121":
            caller.press(key)
        caller.leave()
    notes = {task.note for task in line.store.tasks.list() if task.reason.startswith("call_back")}
    assert len(notes) == 2 and all(note.startswith("recording RE") for note in notes)


def test_a_message_of_a_call_that_is_over_is_kept_all_the_same(line: Line, caller: Caller) -> None:
    caller.press("0")
    caller.nobody_answers()
    caller.nobody_answers()
    caller.press("2")
    turn = caller.turn
    caller.hang_up()
    fields = {"From": caller.address, "To": "+12025550111", "CallSid": caller.call, "CallStatus": "completed"}
    recorded = {"RecordingSid": "RE1", "RecordingDuration": "6", "Digits": "hangup"}
    take_turn(line, voice, voice.read(fields | recorded, turn), caller.at)
    assert "voicemail" in owed(line)


def test_a_no_by_text_to_a_menu_of_the_phone_answers_no_question(line: Line, caller: Caller) -> None:
    """It was meant for the menu: the red-flag question behind it is asked again."""
    caller.press("9")
    texter = Texter(line, caller.at, caller.address)
    assert "Chest pain" in texter.text("no")
    assert "Bad belly pain" in texter.text("no")


def test_a_wish_for_no_texts_said_to_a_prompt_of_before_is_heard(line: Line, caller: Caller) -> None:
    Texter(line, caller.at, caller.address).text("HELP")
    caller.speak("stop texting me")
    assert line.store.turns.read(caller.contact).opted_out


def test_a_recording_that_a_text_overtook_is_kept_and_the_caller_hears_where_the_call_stands(
    line: Line, caller: Caller
) -> None:
    caller.press("0")
    caller.nobody_answers()
    caller.nobody_answers()
    caller.press("2")
    assert "911" in Texter(line, caller.at, caller.address).text("I have chest pain")
    assert "9 1 1" in caller.leave()
    assert "voicemail" in owed(line)


def test_the_records_of_a_call_tell_where_it_broke_off_how_long_it_was_and_the_tries(
    line: Line, caller: Caller
) -> None:
    caller.press("2")
    caller.wait()
    caller.hang_up()
    last = events(line, caller)[-1]
    assert (last["heard"], last["asked"], last["tries"]) == ("hung_up", "1", "1")
    assert int(last["lasted_s"]) > 0


def test_the_report_of_calls_counts_where_people_hang_up_and_the_tries_that_failed(
    line: Line, caller: Caller
) -> None:
    caller.press("2")
    caller.wait()
    caller.press("7")
    caller.press("2")
    caller.hang_up()
    told = calls.told(calls.of(line))
    assert (told["calls"], told["ended"], told["hung_up"]) == (1, 1, {"saddle": 1})
    assert told["tries"] == {
        "heart": {"answered": 1, "missed": 0},
        "vessel": {"answered": 1, "missed": 2},
    }
    assert told["median_s"] == told["longest_s"] and told["longest_s"]


def test_a_late_report_of_a_ring_changes_nothing_and_says_where_the_call_stands(caller: Caller) -> None:
    caller.press("2")
    before = caller.session
    caller.turn -= 1
    assert "belly" in caller.nobody_answers()
    after = caller.session
    assert before is not None and after is not None
    assert (after.asked, after.answers) == (before.asked, before.answers)


def test_the_command_for_calls_prints_one_json_document(
    line: Line, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller.hang_up()
    monkeypatch.setenv("BACKLINE_REDIS_URL", line.settings.redis_url)
    shown = CliRunner().invoke(main, ["calls", "--json"])
    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.stdout)["hung_up"] == {"heart": 1}


def test_a_text_while_a_nurses_phone_rings_does_not_hang_up_on_the_nurse(line: Line, caller: Caller) -> None:
    caller.press("0")
    Texter(line, caller.at, caller.address).text("HELP")
    assert caller.nurse_takes_it() == voice.EMPTY
    caller.nobody_answers("completed", bridged="true")
    caller.hang_up()
    assert owed(line) == []


@pytest.mark.parametrize("leaves", ["in vain", "hangs up", "texts much later"])
def test_a_ring_that_nobody_takes_after_a_text_is_owed_a_call(
    line: Line, caller: Caller, leaves: str
) -> None:
    caller.press("0")
    texter = Texter(line, caller.at, caller.address)
    texter.text("HELP")
    assert owed(line) == []
    if leaves == "in vain":
        caller.nobody_answers()
        assert "No nurse is free" in caller.nobody_answers()
    elif leaves == "hangs up":
        caller.hang_up()
    else:
        Texter(line, caller.at + timedelta(hours=1), caller.address).text("HELP")
    assert owed(line) == ["transfer_missed"]


def test_key_nine_at_a_confirmation_takes_the_sign_says_to_call_and_tells_staff(
    line: Line, caller: Caller
) -> None:
    assert "is right" in caller.speak("I have a fever")
    assert "call 9 1 1" in caller.press("9")
    assert owed(line) == ["key_9"]
    caller.press("1")
    session = caller.session
    assert session is not None and any(session.raised)


def test_words_to_an_older_prompt_answer_nothing_but_a_sign_among_them_counts(
    line: Line, caller: Caller
) -> None:
    texter = Texter(line, caller.at, caller.address)
    texter.text("no")
    assert "Bad belly pain" in caller.speak("no")
    texter.text("HELP")
    assert "is right" in caller.speak("I can't feel my legs")
    texter.text("HELP")
    assert "9 1 1" in caller.speak("call an ambulance")
    assert owed(line) == ["told_emergency_now"]


def test_a_call_for_help_spoken_into_another_call_counts(line: Line, caller: Caller) -> None:
    first, turn = caller.call, caller.turn
    caller.dial()
    caller.call, caller.turn = first, turn
    caller.speak("call an ambulance")
    assert owed(line) == ["told_emergency_now"]


def test_words_of_self_harm_count_however_unsure_the_carrier_is_of_them(line: Line, caller: Caller) -> None:
    assert "988" in caller.speak("I want to kill myself", confidence=0.1).replace(" ", "")
    assert owed(line) == ["self_harm"]
    assert "Chest pain" in caller.press("1")


def test_words_of_self_harm_at_a_confirmation_are_heard_and_the_sign_stays(
    line: Line, caller: Caller
) -> None:
    caller.speak("I have a fever")
    assert "988" in caller.speak("I want to kill myself").replace(" ", "")
    session = caller.session
    assert session is not None and any(session.raised)
    assert owed(line) == ["self_harm"]


@pytest.mark.parametrize("at", ["a question", "a confirmation"])
def test_who_asks_for_a_nurse_aloud_keeps_the_doubt_in_the_same_words(
    line: Line, caller: Caller, at: str
) -> None:
    if at == "a confirmation":
        caller.speak("I have a fever")
    caller.speak("my leg was numb last year, can I talk to a nurse")
    assert stage(caller) is Stage.ringing
    session = caller.session
    assert session is not None and session.doubted


def test_a_doubt_that_the_carrier_is_unsure_of_is_kept(caller: Caller) -> None:
    caller.speak("my leg was numb last year", confidence=0.1)
    session = caller.session
    assert session is not None and session.doubted
