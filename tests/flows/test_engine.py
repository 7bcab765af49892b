"""The machine, step by step: what follows from each answer, sign and silence."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.draft import Desk
from flows.engine import STAGES, CannotHear, advance, begin
from flows.heard import Heard, Kind
from flows.programme import Waiting
from flows.protocol import EMPTY, NONE, UNASKED, UNKNOWN, Level, Medium, Protocol
from flows.rules import judge
from flows.session import Stage
from tests.flows.talk import CHECKIN, CLOSED, OPEN, C, Talk, U, harmless

# The table

BY_TEXT = tuple(
    kind for kind in Kind
    if kind not in (Kind.silence, Kind.repeat, Kind.escape, Kind.operator, Kind.key)
    and kind not in (Kind.correction, Kind.call_began, Kind.hung_up, Kind.other_call, Kind.waited)
    and kind not in (Kind.flag, Kind.rang, Kind.accepted, Kind.recorded, Kind.late_recording)
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
    ways_to_people = (Kind.rang, Kind.accepted, Kind.recorded, Kind.late_recording)
    late = {(stage, kind) for stage in Stage for kind in ways_to_people}
    assert texts | keys | answers | always | late <= set(STAGES)


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
    assert caller.wait() == ["SILENT_END", "NO_STAFF", "GOODBYE"]
    assert caller.session.stage is Stage.over and caller.session.level is U
    assert caller.owed()
    assert caller.wait() == []


def test_three_wrong_keys_end_the_call_safely(caller: Talk) -> None:
    assert caller.key("7") == ["WRONG_KEY", "ask_heart"]
    assert caller.key("7") == ["WRONG_KEY", "KEYS", "ask_heart"]
    assert caller.key("7") == ["SILENT_END", "NO_STAFF", "GOODBYE"]


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
    talk.waiting = Waiting("checkin", CHECKIN, 3, False, False) if waits else None
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
            forgot = isinstance(step, Heard) and step.kind is Kind.wrong_number
            assert now >= least or forgot, step
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
