"""Texts beside the answers: waiting, coming back, keywords, opt-outs, JOIN, check-ins."""

from dataclasses import replace

import pytest

from flows.draft import Desk
from flows.effects import Dispose, Enrol, Leave, OptIn, OptOut, Progress
from flows.engine import wake_at
from flows.heard import Kind
from flows.programme import Waiting
from flows.protocol import UNASKED, UNKNOWN, Medium, Protocol
from flows.session import Stage
from tests.flows.talk import CHECKIN, CLOSED, DAY, HOUR, MIN, OPEN, C, E, S, Talk, U

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


def test_a_wrong_number_with_a_sign_open_is_left_to_staff(texter: Talk) -> None:
    texter.hear(Kind.back)
    texter.hear(Kind.wrong_number, keep=2)
    assert texter.owed() == [("wrong_number", U)]


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


@pytest.mark.parametrize("age", [UNKNOWN, UNASKED])
def test_join_is_refused_where_the_age_is_not_known(protocol: Protocol, age: int) -> None:
    """Unknown is never "no": somebody who is not sure of their age, or was not asked, may be a child."""
    talk = Talk(protocol)
    talk.start()
    talk.finish(time=4)
    answers = list(talk.session.answers)
    answers[protocol.places["age"]] = age
    talk.session = replace(talk.session, answers=tuple(answers))
    assert talk.hear(Kind.join) == ["join_no_age"]
    assert not talk.has(Enrol)


def test_the_texts_are_not_offered_to_who_is_not_sure_of_their_age(protocol: Protocol) -> None:
    talk = Talk(protocol)
    talk.start()
    talk.hear(Kind.join)
    assert "optin" not in talk.finish(age="unsure")
    assert talk.hear(Kind.join) == ["join_no_age"]


def test_who_was_not_shown_the_offer_is_shown_it_before_join_counts(texter: Talk) -> None:
    """Double opt-in: after an advice without the offer the first JOIN asks for it, the second says yes."""
    assert "optin" not in texter.finish(time=4)
    assert texter.hear(Kind.join) == ["optin"]
    assert not texter.has(Enrol)
    assert texter.hear(Kind.join) == ["optin_confirm"]
    assert texter.has(Enrol)


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
    assert caller.key("1") == ["CALLBACK_MESSAGE"]
    assert caller.key("2") == ["CALLBACK_NAME"]
    assert caller.hear(Kind.recorded, True) == ["CALLBACK_OK", "ask_heart"]
    assert caller.owed() == [("call_back_no_message", C)]


def test_after_a_disposition_the_desk_or_the_closed_words_follow(protocol: Protocol) -> None:
    for desk, last in ((OPEN, "CALLBACK_ASK"), (CLOSED, "C_CLOSED"), (Desk(), "C")):
        talk = Talk(protocol, desk=desk)
        talk.start()
        assert talk.finish(time=4)[-1] == last


def test_another_language_that_is_not_there_starts_the_questions(protocol: Protocol) -> None:
    talk = Talk(protocol)
    assert talk.hear(Kind.language, "fr")[0] == "OTHER_LANGUAGE"
    assert talk.asked == "heart"
    talk.finish()
    assert talk.hear(Kind.language, "en") == ["LANG_SET", "S"]


def test_thanks_start_nothing(texter: Talk) -> None:
    texter.finish()
    assert texter.hear(Kind.thanks) == ["THANKS"]
    assert texter.session.stage is Stage.told


# Check-ins


def checked_in(protocol: Protocol, **more: bool) -> Talk:
    """Somebody in the programme whose check-in of day 3 waits."""
    talk = Talk(protocol, enrolled=True)
    talk.start()
    talk.finish()
    talk.at += 3 * DAY
    talk.waiting = Waiting("checkin", CHECKIN, 3, more.get("over_week", False), more.get("day7", False))
    return talk


@pytest.mark.parametrize(
    ("choice", "said"),
    [(1, ["better"]), (2, ["same_lt8"]), (3, ["worse", "ask_heart"]), (4, ["newflag", "ask_heart"])],
)
def test_check_in_replies_act(protocol: Protocol, choice: int, said: list[str]) -> None:
    talk = checked_in(protocol)
    assert talk.hear(Kind.answer, 1 << choice) == said
    assert talk.effects[0] == Progress(CHECKIN[choice])


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
    assert talk.hear(Kind.unsure) == ["newflag", "ask_heart"]


def test_somebody_with_a_check_in_open_may_call_and_hear_the_advice_again(protocol: Protocol) -> None:
    talk = checked_in(protocol)
    talk.medium = Medium.voice
    talk.start()
    talk.finish()
    assert talk.key("*") == ["S", "TEXT_OFFER", "END_SELF_CARE"]
    assert talk.key("3") == ["MENU_1"]
