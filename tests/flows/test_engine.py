"""The machine, step by step: what follows from each thing heard, held to the stage table by `Talk`."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.draft import Desk
from flows.effects import Dispose, Enrol, Leave, OptIn, OptOut, Progress
from flows.engine import STAGES, CannotHear, advance, begin, wake_at
from flows.heard import Heard, Kind
from flows.programme import Waiting
from flows.protocol import EMPTY, NONE, UNASKED, UNKNOWN, Level, Medium, Protocol
from flows.rules import judge
from flows.session import Stage
from tests.flows.talk import Talk, harmless

E, U, C, S = Level.emergency_now, Level.urgent_today, Level.clinician_soon, Level.self_care
MIN, HOUR, DAY = 60, 3600, 86_400
OPEN = Desk(staffed=True, open=True, due="5 pm today", opens="8 am Mon")
CLOSED = Desk(staffed=True, open=False, due="", opens="8 am Mon")


@pytest.fixture
def texter(protocol: Protocol) -> Talk:
    """Somebody whose first text was BACK."""
    talk = Talk(protocol)
    talk.start()
    return talk


@pytest.fixture
def caller(protocol: Protocol) -> Talk:
    """Somebody who called and waited until the questions began."""
    talk = Talk(protocol, Medium.voice)
    talk.start()
    return talk


# The table

BY_TEXT = tuple(
    kind for kind in Kind
    if kind not in (Kind.silence, Kind.repeat, Kind.escape, Kind.operator, Kind.key)
    and kind not in (Kind.correction, Kind.call_began, Kind.hung_up, Kind.other_call, Kind.waited)
)  # fmt: skip
BY_PHONE = (Kind.silence, Kind.repeat, Kind.escape, Kind.operator, Kind.key, Kind.danger)
TEXTING = (Stage.idle, Stage.asking, Stage.told, Stage.checkin)
ON_THE_PHONE = tuple(stage for stage in Stage if stage not in (Stage.checkin, Stage.lapsed))


def test_whatever_a_channel_can_bring_the_table_has_a_row_for_it() -> None:
    texts = {(stage, kind) for stage in TEXTING for kind in BY_TEXT}
    keys = {(stage, kind) for stage in ON_THE_PHONE for kind in BY_PHONE} - {(Stage.asking, Kind.key)}
    answers = {(Stage.asking, kind) for kind in (Kind.answer, Kind.unsure, Kind.unclear)}
    always = {
        (stage, kind)
        for stage in Stage if stage is not Stage.lapsed
        for kind in (Kind.call_began, Kind.hung_up, Kind.other_call, Kind.waited)
    }  # fmt: skip
    assert texts | keys | answers | always <= set(STAGES)


def test_what_cannot_be_heard_is_refused_by_name(protocol: Protocol) -> None:
    session = replace(begin(protocol, "en", Medium.voice).session, stage=Stage.over)
    with pytest.raises(CannotHear, match="stage over cannot hear answer: add the row"):
        advance(protocol, session, Heard(Kind.answer, 1))


# Not sure, misses, silence


def test_not_sure_is_asked_again_and_the_second_time_counts_as_urgent(texter: Talk) -> None:
    assert texter.reply("unsure") == ["UNSURE", "ask_heart"]
    assert texter.reply("unsure") == ["ask_vessel"]
    assert texter.finish()[0] == "U_UNSURE"
    assert texter.session.level is U


@pytest.mark.parametrize(
    ("question", "level"),
    [("heart", U), ("vessel", U), ("saddle", U), ("limbs", U), ("pregnant", U), ("injury", C), ("fever", C),
     ("risks", C), ("age", C), ("pain", C), ("time", C)],
)  # fmt: skip
def test_not_sure_twice_sets_the_floor_of_each_question(
    protocol: Protocol, question: str, level: Level
) -> None:
    talk = Talk(protocol)
    talk.start()
    talk.go_to(question, answers={"risks": (6,)} if question == "pregnant" else None)
    talk.reply("unsure")
    talk.reply("unsure")
    assert talk.asked != question and talk.session.answers[protocol.places[question]] == UNKNOWN
    talk.finish()
    assert talk.session.level is level


def test_not_sure_about_relief_is_no_relief_at_once(texter: Talk) -> None:
    texter.go_to("relief", answers={"pain": 8})
    texter.reply("unsure")
    assert texter.asked == "time"
    assert texter.finish()[0] == "U"


def test_three_misses_on_one_question_say_so_and_the_questions_go_on(texter: Talk) -> None:
    assert texter.hear(Kind.unclear) == ["NOT_UNDERSTOOD", "ask_heart"]
    assert texter.hear(Kind.unclear) == ["NOT_UNDERSTOOD", "ask_heart"]
    assert texter.hear(Kind.unclear) == ["FAILSAFE_U", "ask_vessel"]
    texter.finish()
    assert texter.session.level is U


def test_a_fourth_miss_in_the_next_question_ends_with_safe_words_and_a_task(texter: Talk) -> None:
    for _ in range(3):
        texter.hear(Kind.unclear)
    assert texter.hear(Kind.unclear) == ["FAILSAFE_U"]
    assert texter.session.stage is Stage.told and texter.session.level is U
    assert texter.owed()


def test_an_understood_answer_breaks_a_row_of_misses(texter: Talk) -> None:
    for _ in range(3):
        texter.hear(Kind.unclear)
    texter.reply("no")
    assert texter.hear(Kind.unclear) == ["NOT_UNDERSTOOD", "ask_saddle"]


def test_a_flag_after_a_floor_still_raises(texter: Talk) -> None:
    for _ in range(3):
        texter.hear(Kind.unclear)
    texter.go_to("saddle")
    assert texter.reply("yes") == ["E_SPINE"]


def test_three_silences_end_the_call_safely_with_a_task(caller: Talk) -> None:
    assert caller.wait() == ["SILENT_1", "ask_heart"]
    assert caller.wait() == ["SILENT_2", "ask_heart"]
    assert caller.wait() == ["SILENT_END"]
    assert caller.session.stage is Stage.over and caller.session.level is U
    assert caller.owed()
    assert caller.wait() == []


def test_three_wrong_keys_end_the_call_safely(caller: Talk) -> None:
    for _ in range(2):
        assert caller.key("7") == ["WRONG_KEY", "ask_heart"]
    assert caller.key("7") == ["SILENT_END"]


def test_a_wrong_number_of_years_is_told_how_to_key_it(caller: Talk) -> None:
    caller.go_to("age")
    assert caller.key("999") == ["WRONG_KEY", "NUMBER_KEYS", "ask_age"]


# Signs, doubts and corrections


def test_an_emergency_sign_told_in_any_question_ends_the_questions(texter: Talk) -> None:
    texter.go_to("fever")
    assert texter.hear(Kind.danger, signs=("urinary_retention",)) == ["E_SPINE"]


def test_a_lesser_sign_is_noted_and_no_answer_clears_it(texter: Talk) -> None:
    said = texter.hear(Kind.danger, signs=("limb_weakness",))
    assert said[-1] == "ask_heart"
    texter.finish()
    assert texter.session.level is U


def test_a_sign_that_is_a_choice_of_the_open_menu_answers_it(texter: Talk) -> None:
    texter.go_to("limbs")
    texter.hear(Kind.danger, signs=("leg_radiation",))
    assert texter.asked == "injury"


def test_a_sign_of_its_own_question_makes_two_signs_an_emergency(texter: Talk) -> None:
    texter.go_to("fever", answers={"limbs": 3})
    assert texter.hear(Kind.danger, signs=("fever_chills",)) == ["E_INFECT"]


def test_a_doubt_asks_again_and_names_what_was_heard(texter: Talk) -> None:
    texter.go_to("saddle")
    assert texter.hear(Kind.doubt, doubts=("saddle_numbness",)) == ["MIXED", "ask_saddle"]
    assert texter.session.answers[texter.protocol.places["saddle"]] == UNASKED


def test_a_doubt_about_an_answered_question_goes_back_to_it_and_a_yes_there_counts(texter: Talk) -> None:
    texter.go_to("fever")
    assert texter.hear(Kind.doubt, doubts=("urinary_retention",)) == ["MIXED", "ask_saddle"]
    assert texter.reply("yes") == ["E_SPINE"]


def test_a_no_after_a_doubt_goes_on_where_it_was(texter: Talk) -> None:
    texter.go_to("fever")
    texter.hear(Kind.doubt, doubts=("urinary_retention",))
    assert texter.reply("no") == ["ask_fever"]


def test_a_second_answer_may_raise_but_never_clear(texter: Talk) -> None:
    texter.go_to("fever", answers={"limbs": 2})
    texter.hear(Kind.doubt, doubts=("limb_weakness",))
    assert texter.asked == "limbs"
    texter.reply(1)
    texter.finish()
    assert texter.session.level is C


def test_i_meant_yes_at_a_menu_asks_the_question_before_again(texter: Talk) -> None:
    texter.go_to("limbs")
    assert texter.hear(Kind.correction) == ["NOT_UNDERSTOOD", "ask_saddle"]
    assert texter.reply("yes") == ["E_SPINE"]


def test_a_correction_that_is_never_cleared_up_is_no_no(texter: Talk) -> None:
    texter.go_to("limbs")
    texter.hear(Kind.correction)
    texter.hear(Kind.unclear)
    texter.hear(Kind.unclear)
    texter.finish()
    assert texter.session.level is U


def test_danger_words_without_a_fact_are_an_emergency_in_every_stage(protocol: Protocol) -> None:
    for stage in ("idle", "asking", "told"):
        talk = Talk(protocol)
        if stage != "idle":
            talk.start()
        if stage == "told":
            talk.finish()
        assert talk.hear(Kind.danger, signs=("danger",)) == ["E_911"], stage


def test_a_sign_in_the_first_text_opens_the_questions_with_it_raised(protocol: Protocol) -> None:
    talk = Talk(protocol)
    said = talk.hear(Kind.danger, signs=("numbness_tingling",))
    assert said[-1] == "ask_heart"
    talk.finish()
    assert talk.session.level is C


def test_self_harm_words_come_first_and_a_danger_beside_them_still_counts(protocol: Protocol) -> None:
    talk = Talk(protocol)
    assert talk.hear(Kind.self_harm, signs=("chest_pain_or_breathless",)) == ["SELF_HARM", "E_911"]
    assert {reason for reason, _ in talk.owed()} == {"self_harm", "told_emergency_now"}


def test_self_harm_beside_a_lesser_sign_goes_on_at_the_first_question(protocol: Protocol) -> None:
    talk = Talk(protocol)
    assert talk.hear(Kind.self_harm, signs=("numbness_tingling",)) == ["SELF_HARM"]
    assert talk.hear(Kind.go) == ["ask_heart"]
    talk.finish()
    assert talk.session.level is C


def test_self_harm_in_mid_question_leaves_the_question_open(texter: Talk) -> None:
    texter.reply("no")
    assert texter.hear(Kind.self_harm) == ["SELF_HARM"]
    assert texter.hear(Kind.go) == ["ask_vessel"]


# Late texts


def test_a_text_within_two_seconds_answers_the_question_before_and_may_only_raise(texter: Talk) -> None:
    texter.go_to("injury", answers={"limbs": 2})
    before = texter.session.answers
    assert texter.hear(Kind.answer, NONE << 1, late=True, after_s=1) == ["ask_injury"]
    assert texter.session.answers[texter.protocol.places["injury"]] == UNASKED
    assert texter.session.answers[texter.protocol.places["limbs"]] & before[texter.protocol.places["limbs"]]
    texter.hear(Kind.answer, 1 << 3, late=True, after_s=1)
    texter.finish()
    assert texter.session.level is U


def test_a_late_yes_to_the_saddle_question_is_an_emergency(texter: Talk) -> None:
    texter.go_to("limbs")
    assert texter.hear(Kind.answer, 2, late=True, after_s=1) == ["E_SPINE"]


def test_a_late_sign_is_raised_and_does_not_answer_the_open_menu(texter: Talk) -> None:
    texter.go_to("limbs")
    texter.hear(Kind.danger, signs=("leg_radiation",), late=True, after_s=1)
    assert texter.asked == "limbs"
    texter.finish()
    assert texter.session.level is C


def test_late_babble_changes_nothing_and_is_no_miss(texter: Talk) -> None:
    texter.go_to("pain", answers={"age": 30})
    before = texter.session
    assert texter.hear(Kind.unclear, late=True, after_s=1) == ["ask_pain"]
    assert (texter.session.answers, texter.session.misses) == (before.answers, before.misses)


def test_a_corrected_age_never_lowers_the_level(texter: Talk) -> None:
    texter.go_to("pain", answers={"age": 16, "limbs": 2})
    texter.hear(Kind.answer, 70, late=True, after_s=1)
    texter.finish()
    assert texter.session.level is U


# Waiting and coming back


def test_after_ten_minutes_one_nudge_and_an_hour_later_the_safe_ending(texter: Talk) -> None:
    texter.reply("no")
    limits = texter.protocol.limits
    assert wake_at(limits, texter.session) == texter.session.asked_at + 10 * MIN
    assert texter.hear(Kind.waited, after_s=9 * MIN) == []
    assert texter.hear(Kind.waited, after_s=2 * MIN) == ["NUDGE_MID"]
    assert wake_at(limits, texter.session) == texter.session.asked_at + 70 * MIN
    assert texter.hear(Kind.waited, after_s=30 * MIN) == []
    assert texter.hear(Kind.waited, after_s=30 * MIN) == ["TIMEOUT_END"]
    assert texter.disposed == Dispose(U, "", (), finished=False)
    assert wake_at(limits, texter.session) is None
    assert texter.owed() == []


def test_silence_with_a_flag_or_a_not_sure_open_makes_a_task(texter: Talk) -> None:
    texter.reply("unsure")
    texter.hear(Kind.waited, after_s=71 * MIN)
    assert texter.owed() == [("unfinished", C)]
    texter.start()
    texter.go_to("injury", answers={"limbs": 3})
    texter.hear(Kind.waited, after_s=71 * MIN)
    assert texter.owed() == [("unfinished", U)]


def test_who_comes_back_within_the_hour_goes_on_and_babble_then_is_no_miss(texter: Talk) -> None:
    texter.reply("no")
    assert texter.hear(Kind.unclear, after_s=20 * MIN) == ["RESUME", "ask_vessel"]
    assert texter.session.misses == 0
    assert texter.reply("no", after_s=30 * MIN) == ["ask_saddle"]


def test_who_comes_back_after_an_hour_starts_again_and_keeps_the_raised_flags(texter: Talk) -> None:
    texter.go_to("injury", answers={"limbs": 3})
    assert texter.reply(1, after_s=61 * MIN) == ["EXPIRED", "ask_heart"]
    texter.finish()
    assert texter.session.level is U


def test_a_yes_after_an_hour_is_not_lost(texter: Talk) -> None:
    texter.go_to("saddle")
    assert texter.reply("yes", after_s=62 * MIN) == ["E_SPINE"]


def test_a_sign_after_an_hour_is_raised_and_the_questions_start_again(texter: Talk) -> None:
    texter.go_to("limbs")
    said = texter.hear(Kind.danger, signs=("leg_radiation",), after_s=62 * MIN)
    assert said == ["EXPIRED", "ask_heart"]
    texter.finish()
    assert texter.session.level is C


def test_flags_of_an_unfinished_encounter_are_kept_a_day_and_no_longer(protocol: Protocol) -> None:
    for hours, level in ((23, U), (25, S)):
        talk = Talk(protocol)
        talk.start()
        talk.go_to("injury", answers={"limbs": 3})
        talk.hear(Kind.waited, after_s=71 * MIN)
        talk.hear(Kind.back, after_s=hours * HOUR - 71 * MIN)
        assert talk.asked == "heart"
        talk.finish()
        assert talk.session.level is level


def test_back_in_mid_question_asks_first_and_new_starts_over_with_flags_kept(texter: Talk) -> None:
    texter.go_to("injury", answers={"limbs": 3})
    assert texter.hear(Kind.back) == ["RESTART_CONFIRM"]
    assert texter.asked == "injury"
    assert texter.hear(Kind.new) == ["ask_heart"]
    texter.finish()
    assert texter.session.level is U


def test_back_soon_after_the_end_asks_whether_it_is_new(texter: Talk) -> None:
    texter.finish()
    assert texter.hear(Kind.back) == ["DUPLICATE"]
    assert texter.hear(Kind.same) == ["S"]
    assert texter.hear(Kind.back, after_s=2 * HOUR) == ["ask_heart"]


def test_for_a_day_a_lower_result_never_replaces_a_higher_one(protocol: Protocol) -> None:
    for hours, text, level in ((23, "LOWER_THAN_BEFORE", U), (25, "S", S)):
        talk = Talk(protocol)
        talk.start()
        talk.finish(limbs=3)
        talk.hear(Kind.new, after_s=hours * HOUR)
        assert talk.finish()[0] == text
        assert talk.session.level is level
        assert talk.hear(Kind.same)[0] == ("U_LIMB" if level is U else "S")


# After an emergency


def test_after_an_emergency_every_text_gets_it_again(texter: Talk) -> None:
    texter.reply("yes")
    kinds = (Kind.unclear, Kind.back, Kind.same, Kind.thanks, Kind.advice, Kind.call, Kind.person, Kind.media,
             Kind.for_other, Kind.go, Kind.text_only, Kind.danger)  # fmt: skip
    for kind in kinds:
        assert texter.hear(kind, signs=("danger",) if kind is Kind.danger else ()) == ["E_AGAIN"], kind


def test_new_after_an_emergency_asks_again_and_the_level_stays(texter: Talk) -> None:
    texter.reply("yes")
    assert texter.hear(Kind.new) == ["ask_heart"]
    assert texter.finish() == ["LOWER_THAN_BEFORE"]
    assert texter.session.level is E


def test_an_emergency_offers_nothing_and_owes_a_task_at_once(texter: Talk) -> None:
    assert texter.reply("yes") == ["E_911"]
    assert texter.owed() == [("told_emergency_now", E)]
    assert texter.has(Leave)


def test_after_an_emergency_every_key_and_a_second_call_hear_it_again(caller: Talk) -> None:
    caller.key("1")
    assert caller.said == ["E_911", "END"]
    for keys in ("0", "9", "3", "5", "#"):
        assert caller.key(keys) == ["E_AGAIN", "END"], keys
    assert caller.key("*") == ["E_911", "END"]
    assert caller.wait() == ["E_AGAIN"]
    caller.hear(Kind.hung_up)
    assert caller.hear(Kind.call_began, after_s=5 * HOUR) == ["WELCOME", "E_AGAIN", "DUPLICATE"]
    for _ in range(2):
        caller.wait()
    assert caller.wait() == ["E_AGAIN"]


# Opt-out, opt-in


def test_stop_in_mid_question_names_the_emergency_number_and_leaves_the_floor(texter: Talk) -> None:
    texter.go_to("injury", answers={"limbs": 3})
    assert texter.hear(Kind.opt_out) == ["STOPPED_MID"]
    assert texter.has(OptOut) and texter.has(Leave)
    assert texter.owed() == [("stopped", U)]
    assert texter.disposed.finished is False


def test_stop_twice_is_confirmed_once(texter: Talk) -> None:
    texter.finish()
    assert texter.hear(Kind.opt_out) == ["STOPPED"]
    texter.opted_out = True
    assert texter.hear(Kind.opt_out) == []


def test_a_text_after_stop_is_answered_for_that_encounter_only(protocol: Protocol) -> None:
    talk = Talk(protocol, opted_out=True)
    assert talk.hear(Kind.unclear) == ["STILL_OUT", "ask_heart"]
    assert not talk.has(OptIn)


def test_start_lifts_the_opt_out_and_revives_nothing(protocol: Protocol) -> None:
    talk = Talk(protocol, opted_out=True)
    assert talk.hear(Kind.start) == ["STARTED"]
    assert talk.has(OptIn) and not talk.has(Enrol)


def test_yes_as_the_carriers_keyword_answers_the_question_and_opts_in(protocol: Protocol) -> None:
    talk = Talk(protocol, opted_out=True)
    talk.start()
    assert talk.hear(Kind.answer, 2, start=True) == ["E_911"]
    assert talk.has(OptIn)


def test_an_opt_out_beside_an_emergency_gets_the_emergency_and_one_line(texter: Talk) -> None:
    said = texter.hear(Kind.danger, signs=("chest_pain_or_breathless",), opt_out=True)
    assert said == ["E_911", "STOPPED"]
    assert texter.has(OptOut)


def test_an_opt_out_beside_a_lesser_sign_asks_nothing_more_and_makes_a_task(texter: Talk) -> None:
    said = texter.hear(Kind.danger, signs=("numbness_tingling",), opt_out=True)
    assert said == ["STOPPED_MID"]
    assert texter.session.stage is Stage.idle and texter.owed() == [("stopped", C)]


def test_a_wrong_number_forgets_the_person_before(texter: Talk) -> None:
    texter.finish(limbs=3)
    assert texter.hear(Kind.wrong_number) == ["WRONG_NUMBER"]
    assert texter.has(OptOut)
    assert texter.hear(Kind.join) == ["join_no_triage", "ask_heart"]
    assert texter.finish()[0] == "S"


# JOIN


def test_join_needs_a_finished_encounter_of_the_last_two_days(texter: Talk) -> None:
    texter.finish()
    assert "optin" in texter.said
    assert texter.hear(Kind.join, after_s=47 * HOUR) == ["optin_confirm"]
    assert texter.has(Enrol)
    assert texter.hear(Kind.join, after_s=2 * HOUR) == ["join_no_triage", "ask_heart"]


def test_join_is_refused_for_a_week_after_an_urgent_level(protocol: Protocol) -> None:
    for answers in ({"limbs": 3}, {"heart": "yes"}):
        talk = Talk(protocol)
        talk.start()
        assert "optin" not in talk.finish(**answers)
        assert talk.hear(Kind.join, after_s=DAY) == ["join_not_now"]
        assert talk.hear(Kind.join, after_s=5 * DAY) == ["join_not_now"]
        assert talk.hear(Kind.join, after_s=2 * DAY) == ["join_no_triage", "ask_heart"]


def test_join_is_refused_under_age_and_said_once_to_who_is_in(protocol: Protocol) -> None:
    minor = Talk(protocol)
    minor.start()
    assert "optin" not in minor.finish(age=17)
    assert minor.hear(Kind.join) == ["join_minor"]
    member = Talk(protocol, enrolled=True)
    member.start()
    assert "optin" not in member.finish()
    assert member.hear(Kind.join) == ["already_in"]


def test_join_in_mid_question_waits_for_the_end(texter: Talk) -> None:
    assert texter.hear(Kind.join) == ["join_no_triage", "ask_heart"]
    assert texter.finish(time=4) == ["C", "optin"]


# Keywords


def test_advice_codes_are_answered_and_the_open_question_follows(texter: Talk) -> None:
    assert texter.hear(Kind.advice) == ["MENU_1", "ask_heart"]
    assert texter.hear(Kind.more) == ["MENU_2", "ask_heart"]
    texter.finish(time=4)
    assert texter.hear(Kind.code, "A1") == ["FAQ1_how_long"]
    assert texter.hear(Kind.code, "A99") == ["MENU_1"]


def test_help_a_person_and_a_picture_are_no_misses(texter: Talk) -> None:
    assert texter.hear(Kind.help) == ["HELP", "ask_heart"]
    assert texter.hear(Kind.person) == ["NO_STAFF", "ask_heart"]
    assert texter.hear(Kind.media) == ["MEDIA"]
    assert texter.hear(Kind.for_other) == ["FOR_OTHER", "ask_heart"]
    assert texter.hear(Kind.poison) == ["POISON", "ask_heart"]
    assert texter.hear(Kind.abuse) == ["ABUSE", "ask_heart"]
    assert texter.session.misses == 0


def test_a_call_back_is_promised_only_while_somebody_is_there(protocol: Protocol) -> None:
    for desk, text, owed in (
        (Desk(), "NO_STAFF", []),
        (CLOSED, "CALLBACK_CLOSED", []),
        (OPEN, "CALLBACK_OK", [("call_back", C)]),
    ):
        talk = Talk(protocol, desk=desk)
        talk.start()
        talk.finish(time=4)
        assert talk.hear(Kind.call) == [text]
        assert talk.owed() == owed


def test_no_message_is_kept_by_text_and_by_key(protocol: Protocol) -> None:
    talk = Talk(protocol, desk=OPEN)
    talk.start()
    talk.finish(time=4)
    talk.hear(Kind.call, True)
    assert talk.owed() == [("call_back_no_message", C)]
    caller = Talk(protocol, Medium.voice, desk=OPEN)
    caller.start()
    assert caller.key("0") == ["CALLBACK_ASK"]
    assert caller.key("2") == ["CALLBACK_OK", "ask_heart"]
    assert caller.owed() == [("call_back_no_message", C)]


def test_after_a_disposition_the_desk_or_the_closed_words_follow(protocol: Protocol) -> None:
    for desk, last in ((OPEN, "CALLBACK_ASK"), (CLOSED, "C_CLOSED"), (Desk(), "C")):
        talk = Talk(protocol, desk=desk)
        talk.start()
        assert talk.finish(time=4)[-1] == last


def test_another_language_that_is_not_there_starts_the_questions(protocol: Protocol) -> None:
    talk = Talk(protocol)
    assert talk.hear(Kind.language, "es")[0] == "OTHER_LANGUAGE"
    assert talk.asked == "heart"
    talk.finish()
    assert talk.hear(Kind.language, "en") == ["LANG_SET", "S"]


def test_thanks_start_nothing(texter: Talk) -> None:
    texter.finish()
    assert texter.hear(Kind.thanks) == ["THANKS"]
    assert texter.session.stage is Stage.told


# Check-ins

CHOICES = {1: "better", 2: "same", 3: "worse", 4: "new_sign"}


def checked_in(protocol: Protocol, **more: bool) -> Talk:
    """Somebody in the programme whose check-in of day 3 waits."""
    talk = Talk(protocol, enrolled=True)
    talk.start()
    talk.finish()
    talk.at += 3 * DAY
    talk.waiting = Waiting("checkin", CHOICES, 3, more.get("over_week", False), more.get("day7", False))
    return talk


@pytest.mark.parametrize(
    ("choice", "said"),
    [(1, ["better"]), (2, ["same_lt8"]), (3, ["worse", "ask_heart"]), (4, ["newflag", "ask_heart"])],
)
def test_check_in_replies_act(protocol: Protocol, choice: int, said: list[str]) -> None:
    talk = checked_in(protocol)
    assert talk.hear(Kind.answer, 1 << choice) == said
    assert talk.effects[0] == Progress(CHOICES[choice])


def test_no_better_after_over_a_week_is_told_to_see_a_clinic(protocol: Protocol) -> None:
    assert checked_in(protocol, over_week=True).hear(Kind.answer, 1 << 2) == ["same_ge8"]
    assert checked_in(protocol, day7=True).hear(Kind.answer, 1 << 2) == ["same_day7"]


def test_worse_and_then_silence_is_a_task_and_its_own_words(protocol: Protocol) -> None:
    talk = checked_in(protocol)
    talk.hear(Kind.answer, 1 << 3)
    talk.waiting = None
    assert talk.hear(Kind.waited, after_s=71 * MIN) == ["unfinished"]
    assert talk.owed() == [("worse_then_silent", U)]


def test_a_sign_told_at_a_check_in_is_its_new_sign(protocol: Protocol) -> None:
    talk = checked_in(protocol)
    said = talk.hear(Kind.danger, signs=("numbness_tingling",))
    assert said[-1] == "ask_heart"
    assert Progress("new_sign") in talk.effects and talk.session.from_checkin
    assert checked_in(protocol).hear(Kind.danger, signs=("urinary_retention",)) == ["E_SPINE"]


def test_a_check_in_that_is_not_understood_is_asked_again_then_the_questions_start(
    protocol: Protocol,
) -> None:
    talk = checked_in(protocol)
    assert talk.hear(Kind.unclear)[0] == "NOT_UNDERSTOOD"
    assert talk.hear(Kind.help) == ["HELP"]


def test_somebody_with_a_check_in_open_may_call_and_hear_the_advice_again(protocol: Protocol) -> None:
    talk = checked_in(protocol)
    talk.medium = Medium.voice
    talk.start()
    talk.finish()
    assert talk.key("*") == ["S", "END_SELF_CARE"]
    assert talk.key("3") == ["MENU_1"]


# The phone


def test_a_call_begins_with_the_emergency_line_and_the_questions_need_no_key(protocol: Protocol) -> None:
    talk = Talk(protocol, Medium.voice)
    assert talk.hear(Kind.call_began) == ["WELCOME", "MENU_SPANISH", "MENU"]
    assert talk.wait() == ["HOW", "ask_heart"]


def test_key_two_at_the_greeting_says_where_an_interpreter_is_and_goes_on(protocol: Protocol) -> None:
    talk = Talk(protocol, Medium.voice)
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
    assert caller.key("2") == ["S", "END_SELF_CARE"]


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


# Anything at all

FACTS = ("numbness_tingling", "limb_weakness", "fever_chills", "urinary_retention", "minor_trauma", "danger")
TEXTS = st.builds(
    Heard,
    kind=st.sampled_from(BY_TEXT),
    value=st.sampled_from([None, 1, 2, 4, 8, 16, 40, "en", "es", "A3"]),
    signs=st.lists(st.sampled_from(FACTS), max_size=2, unique=True).map(tuple),
    doubts=st.lists(st.sampled_from(FACTS[:5]), max_size=1).map(tuple),
    opt_out=st.booleans(),
    start=st.booleans(),
    late=st.booleans(),
    keep=st.sampled_from([0, 0, 2, 8]),
)
KEYS = st.sampled_from(
    ["1", "2", "3", "4", "5", "8", "9", "0", "*", "#", "", "911", "11", "40", "17", "56", "*9", "7"]
)
CLOCK = st.sampled_from([Kind.waited, Kind.hung_up, Kind.call_began, Kind.other_call, Kind.silence])
STEPS = st.lists(
    st.tuples(st.one_of(TEXTS, KEYS, CLOCK), st.sampled_from([1, 5, 60, 700, 4000, 90_000])), max_size=40
)


@settings(max_examples=150, deadline=None)
@given(steps=STEPS, desk=st.sampled_from([Desk(), OPEN, CLOSED]), enrolled=st.booleans(), waits=st.booleans())
def test_whatever_is_heard_each_step_leads_only_where_the_table_says(
    protocol: Protocol, steps: list[tuple[Heard | str | Kind, int]], desk: Desk, enrolled: bool, waits: bool
) -> None:
    """`Talk` compares each step with its row; here it also never sinks below what was told."""
    talk = Talk(protocol, desk=desk, enrolled=enrolled)
    talk.waiting = Waiting("checkin", CHOICES, 3, False, False) if waits else None
    calling = False
    for step, after_s in steps:
        least = judge(protocol, talk.session).level if talk.asked else Level.self_care
        encounter = talk.session.encounter
        if isinstance(step, Heard):
            talk.medium = Medium.sms
            talk.take(_possible(talk, step), after_s=after_s)
        elif isinstance(step, Kind) and step in (Kind.waited, Kind.other_call):
            talk.hear(step, after_s=after_s)
        else:
            talk.medium = Medium.voice
            calling = _on_the_phone(talk, step, calling, after_s)
        if talk.session.encounter == encounter:
            now = judge(protocol, talk.session).level if talk.session.unfinished else talk.session.level
            assert now >= least or step == Heard(Kind.wrong_number), step
        assert talk.session.stage not in (Stage.lapsed, Stage.checkin)


def _possible(talk: Talk, heard: Heard) -> Heard:
    """The text as `understand` could give it here: an answer fits the open question or the check-in."""
    if heard.kind is not Kind.answer:
        wrong = heard.kind is Kind.wrong_number
        return (
            Heard(heard.kind)
            if wrong
            else replace(heard, signs=heard.signs or ("danger",) * (heard.kind is Kind.danger))
        )
    value = heard.value if isinstance(heard.value, int) else 1
    if not talk.asked:
        return replace(heard, value=min(max(value, 2), 16))
    choices = [1 << choice.key for choice in talk.question.choices]
    if talk.question.fact:
        return replace(heard, value=min(value, talk.question.high))
    return replace(heard, value=value if value in (choices or (1, 2)) else (choices or [1])[-1])


def _on_the_phone(talk: Talk, step: Heard | str | Kind, calling: bool, after_s: int) -> bool:
    """A key or a silence needs a call; it begins one where there is none."""
    if step is Kind.hung_up:
        talk.hear(Kind.hung_up, after_s=after_s)
        return False
    if not calling or step is Kind.call_began or talk.session.stage is Stage.over:
        talk.hear(Kind.call_began, after_s=after_s)
        return True
    if isinstance(step, str):
        talk.key(step, after_s=after_s)
    else:
        talk.wait(after_s)
    return True


# Sizes


def test_at_most_twelve_questions_are_answered_on_any_path(protocol: Protocol) -> None:
    talk = Talk(protocol)
    talk.start()
    talk.finish(risks=(1, 2, 4, 5, 6, 7, 8), age=70, pain=9, relief="no", injury=2, fever=3, limbs=2, time=4)
    assert talk.session.answered == 12


def test_a_session_with_everything_in_it_stays_under_a_thousand_bytes(protocol: Protocol) -> None:
    talk = Talk(protocol, Medium.voice)
    talk.start()
    while talk.asked:
        talk.hear(Kind.repeat)
        talk.reply_to(harmless(talk.question))
        assert len(talk.session.encode().encode()) < 1000
    assert EMPTY == 0
