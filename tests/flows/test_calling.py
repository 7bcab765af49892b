"""A call outside its answers: greeting, menus, keys 9 and 0, dropping, lists in two halves."""

from dataclasses import replace

import pytest

from flows.engine import wake_at
from flows.heard import Kind
from flows.protocol import UNASKED, Medium, Protocol
from flows.session import Stage
from tests.flows.talk import HOUR, MIN, OPEN, C, E, Talk, U

# The phone


def test_a_call_begins_with_the_emergency_line_and_the_questions_need_no_key(protocol: Protocol) -> None:
    talk = Talk(protocol, Medium.voice)
    assert talk.hear(Kind.call_began) == ["WELCOME", "MENU_SPANISH", "MENU"]
    assert talk.wait() == ["HOW", "ask_heart"]


def test_key_two_at_the_greeting_says_where_an_interpreter_is_and_goes_on(protocol: Protocol) -> None:
    alone = {"en": protocol.languages["en"]}
    talk = Talk(replace(protocol, languages=alone), Medium.voice)
    talk.hear(Kind.call_began)
    assert talk.key("2")[0] == "OTHER_LANGUAGE"
    assert talk.asked == "heart"


def test_the_menu_reads_each_group_and_the_pound_key_starts_the_questions(protocol: Protocol) -> None:
    talk = Talk(protocol, Medium.voice)
    talk.hear(Kind.call_began)
    assert talk.key("3") == ["MENU_1"]
    for key, group in protocol.faq.groups.items():
        assert talk.key(str(key)) == [*group, "MENU_1"]
    assert talk.key("#")[-1] == "ask_heart"


def test_key_nine_says_to_call_and_one_goes_back_to_the_question(caller: Talk) -> None:
    caller.go_to("limbs")
    assert caller.key("9") == ["KEY_9"]
    assert caller.owed() == [("key_9", E)]
    assert caller.key("1") == ["ask_limbs"]


def test_key_nine_goes_back_to_the_menu_it_was_pressed_in(caller: Talk) -> None:
    caller.finish()
    caller.key("3")
    caller.key("9")
    assert caller.key("1") == ["MENU_1"]
    assert caller.hear(Kind.hung_up) == []
    assert caller.session.stage is Stage.told


def test_nine_one_one_key_by_key_is_an_emergency(caller: Talk) -> None:
    caller.key("9")
    assert caller.key("11") == ["E_911", "END"]


@pytest.mark.parametrize("question", ["heart", "limbs", "risks", "age", "pain", "time"])
def test_911_is_an_emergency_at_every_kind_of_question(protocol: Protocol, question: str) -> None:
    talk = Talk(protocol, Medium.voice)
    talk.start()
    talk.go_to(question)
    assert talk.key("911") == ["E_911", "END"]


def test_silence_after_key_nine_is_taken_at_its_word(caller: Talk) -> None:
    caller.key("9")
    caller.wait()
    caller.wait()
    assert caller.wait() == ["E_911", "END"]
    assert wake_at(caller.protocol.limits, caller.session) is None


def test_key_zero_without_a_desk_says_so_and_asks_on(caller: Talk) -> None:
    assert caller.key("0") == ["NO_STAFF", "ask_heart"]


def test_a_hang_up_in_any_menu_leaves_the_open_question_open(protocol: Protocol) -> None:
    """Keys 9 and 0 in the middle, the resuming menu and what follows from them: the encounter is not lost."""
    for keys in (["9"], ["0"], ["9", "0"], ["0", "9"]):
        talk = Talk(protocol, Medium.voice, desk=OPEN)
        talk.start()
        talk.go_to("injury", answers={"limbs": 3})
        talk.hear(Kind.hung_up)
        assert talk.owed() == [("dropped", U)]
        assert talk.hear(Kind.call_began) == ["WELCOME", "RESUME"]
        for key in keys:
            talk.key(key)
        talk.hear(Kind.hung_up)
        assert talk.asked == "injury"
        assert wake_at(protocol.limits, talk.session) is not None


def test_a_dropped_call_goes_on_with_one_and_starts_over_with_two(protocol: Protocol) -> None:
    for key, said in (("1", ["ask_injury"]), ("2", ["HOW", "ask_heart"])):
        talk = Talk(protocol, Medium.voice)
        talk.start()
        talk.go_to("injury", answers={"limbs": 3})
        talk.hear(Kind.hung_up)
        talk.hear(Kind.call_began, after_s=10 * MIN)
        assert talk.key(key) == said
        talk.finish()
        assert talk.session.level is U


def test_a_call_after_an_hour_starts_again(caller: Talk) -> None:
    caller.reply("no")
    caller.hear(Kind.hung_up)
    assert caller.hear(Kind.call_began, after_s=61 * MIN)[:2] == ["WELCOME", "EXPIRED"]
    assert caller.wait()[-1] == "ask_heart"


def test_a_call_soon_after_the_end_asks_whether_it_is_new(caller: Talk) -> None:
    caller.finish()
    caller.hear(Kind.hung_up)
    assert caller.hear(Kind.call_began, after_s=HOUR) == ["WELCOME", "DUPLICATE"]
    assert caller.key("2") == ["S", "TEXT_OFFER", "END_SELF_CARE"]


def test_a_dropped_call_that_stays_silent_ends_unfinished_without_a_text(caller: Talk) -> None:
    caller.go_to("injury", answers={"limbs": 3})
    caller.hear(Kind.hung_up)
    assert caller.hear(Kind.waited, after_s=71 * MIN) == []
    assert caller.disposed.level is U and not caller.disposed.finished


def test_a_call_that_the_carrier_forgot_to_end_is_ended_by_the_clock(caller: Talk) -> None:
    """No status ever came: the encounter stands behind a menu of a call that is long over."""
    caller.reply("no")
    caller.key("9")
    assert wake_at(caller.protocol.limits, caller.session) is not None
    caller.hear(Kind.waited, after_s=71 * MIN)
    assert caller.session.stage is Stage.idle and not caller.disposed.finished


def test_a_hang_up_of_another_call_changes_nothing(caller: Talk) -> None:
    caller.reply("no")
    before = caller.session
    assert caller.hear(Kind.other_call) == []
    assert caller.session == before


# Lists on the phone


def test_a_list_is_read_in_two_halves(caller: Talk) -> None:
    caller.go_to("risks")
    assert caller.key("1") == ["ask_risks_2"]
    caller.key("7")
    assert caller.session.answers[caller.protocol.places["risks"]] == 1 << 1 | 1 << 7
    caller.finish()
    assert caller.session.level is U


def test_a_key_before_the_end_of_a_half_is_asked_whether_there_is_more(caller: Talk) -> None:
    caller.go_to("risks")
    assert caller.key("2", early=True) == ["more_risks"]
    assert caller.key("*") == ["ask_risks_1"]  # star reads the list again
    assert caller.key("") == ["ask_risks_2"]
    caller.key("0")
    caller.finish()
    assert caller.session.level is C


def test_an_empty_pound_is_no_none(caller: Talk) -> None:
    caller.go_to("risks")
    assert caller.key("") == ["WRONG_KEY", "ask_risks_1"]
    assert caller.session.answers[caller.protocol.places["risks"]] == UNASKED


def test_zero_and_pound_is_none_even_before_the_end(caller: Talk) -> None:
    caller.go_to("risks")
    assert caller.key("0", early=True) == ["ask_risks_2"]


def test_a_wrong_key_beside_a_right_one_loses_nothing(caller: Talk) -> None:
    caller.go_to("risks")
    assert caller.key("18") == ["WRONG_KEY", "ask_risks_1"]
    caller.finish()
    assert caller.session.level is C


def test_an_emergency_in_the_first_half_ends_the_call(caller: Talk) -> None:
    caller.go_to("risks", answers={"limbs": 3})
    assert caller.key("1") == ["E_SPINE", "END"]


def test_star_then_nine_or_zero_is_one_key_at_lists_and_numbers(caller: Talk) -> None:
    for question in ("risks", "age"):
        caller.go_to(question)
        assert caller.key("*9") == ["KEY_9"]
        caller.key("1")
        assert caller.asked == question
        assert caller.key("*0")[0] == "NO_STAFF"


def test_a_key_at_a_menu_ends_the_silences_before_it(protocol: Protocol) -> None:
    talk = Talk(protocol, Medium.voice)
    talk.start()
    for _ in range(4):
        talk.key("9")
        assert talk.wait() == ["SILENT_1", "KEY_9"]
        assert talk.session.silences == 1
