"""A red flag said aloud, "is that right?": it counts unless it was plainly heard wrong, whatever is said,
keyed or texted instead."""

from dataclasses import replace

import pytest

from flows.effects import Dispose, OptOut
from flows.heard import Heard, Kind
from flows.pending import MASK, SIGNS
from flows.protocol import NONE, Medium
from flows.session import Stage
from flows.speech import listen
from tests.flows.talk import HOUR, OPEN, C, E, Talk, U, told_to

SURE, UNSURE, LEAST = 0.9, 0.2, 0.5
OPEN_WITH_PHONES = replace(OPEN, nurses=1)


def say(person: Talk, words: str, confidence: float = SURE) -> list[str]:
    return person.take(listen(person.protocol, person.session, words, confidence, LEAST))


@pytest.fixture
def asked(caller: Talk) -> Talk:
    """Somebody who told of chest pain aloud, and is asked whether that is right."""
    assert say(caller, "I have chest pain") == ["CONFIRM_SIGN"]
    return caller


@pytest.mark.parametrize(
    ("kind", "more", "said"),
    [
        (Kind.self_harm, {}, ["SELF_HARM", "E_911"]),
        (Kind.opt_out, {}, ["E_911", "STOPPED"]),
        (Kind.wrong_number, {}, ["E_911", "STOPPED"]),
        (Kind.help, {"opt_out": True}, ["E_911", "STOPPED"]),
        (Kind.answer, {"value": 1}, ["E_911"]),
    ],
)
def test_a_text_beside_a_sign_that_waits_is_heard_and_so_is_the_sign(
    asked: Talk, kind: Kind, more: dict[str, object], said: list[str]
) -> None:
    asked.medium = Medium.sms
    assert asked.hear(kind, **more)[: len(said)] == said  # type: ignore[arg-type]
    assert ("told_emergency_now", E) in asked.owed()
    assert asked.has(OptOut) == ("STOPPED" in said)
    assert (("self_harm", E) in asked.owed()) == ("SELF_HARM" in said)


def test_a_text_after_an_emergency_gets_its_own_answer_though_a_phone_rang_before(caller: Talk) -> None:
    """What ended already does not end once more."""
    caller.desk = OPEN_WITH_PHONES
    caller.key("0")
    caller.medium = Medium.sms
    assert caller.hear(Kind.danger, signs=("chest_pain_or_breathless",))[0] == "E_911"
    assert "SELF_HARM" in caller.hear(Kind.self_harm)


def test_a_key_zero_at_a_confirmation_is_no_no(asked: Talk) -> None:
    asked.desk = OPEN_WITH_PHONES
    assert asked.key("0") == ["E_911", "END"]
    assert asked.owed() == [("told_emergency_now", E)]


def test_a_key_zero_at_the_confirmation_of_a_lesser_sign_rings_and_keeps_it(caller: Talk) -> None:
    caller.desk = OPEN_WITH_PHONES
    caller.go_to("fever")
    say(caller, "I have a fever")
    assert caller.key("0") == ["TRANSFER"]
    caller.hear(Kind.hung_up)
    assert ("transfer_missed", U) in caller.owed()


@pytest.mark.parametrize(
    ("words", "confidence"),
    [
        ("no no it's right", SURE),
        ("I never said no", SURE),
        ("no that's right", SURE),
        ("no", UNSURE),
        ("all good", SURE),
    ],
)
def test_a_no_that_is_not_bare_or_not_surely_heard_drops_no_sign(
    asked: Talk, words: str, confidence: float
) -> None:
    say(asked, words, confidence)
    assert asked.session.stage is Stage.confirming
    say(asked, words, confidence)
    assert asked.session.level is E


@pytest.mark.parametrize("words", ["no", "No, no.", "nope"])
def test_a_bare_no_asks_the_question_again(asked: Talk, words: str) -> None:
    assert say(asked, words) == ["NOT_UNDERSTOOD", "ask_heart"]


def test_a_sign_heard_wrong_puts_its_own_question_in_doubt(caller: Talk) -> None:
    """Told at a later question: "no" to the confirmation leaves the answer before as unsure as it was."""
    caller.go_to("pain")
    say(caller, "I cannot feel my groin")
    caller.key("2")
    assert caller.asked == "pain"
    caller.reply(3)
    assert caller.asked == "saddle"


@pytest.mark.parametrize("sign", ["cancer_history", "weight_loss"])
def test_a_sign_said_at_the_first_half_of_a_list_does_not_answer_the_second(caller: Talk, sign: str) -> None:
    caller.go_to("risks")
    caller.take(Heard(Kind.flag, SIGNS + sign, spoken=True))
    assert caller.key("1") == ["more_risks"]
    assert caller.key("") == ["ask_risks_2"]
    caller.key("7")
    told = told_to(caller.session, caller.protocol, "risks")
    assert told & 1 << 7 and told & ~(1 << 7)


def test_choices_said_at_the_first_half_of_a_list_do_not_answer_the_second(caller: Talk) -> None:
    caller.go_to("risks")
    caller.take(Heard(Kind.flag, f"{MASK}{1 << 1}", spoken=True))
    assert caller.key("1") == ["more_risks"]
    say(caller, "two")
    assert caller.key("1") == ["more_risks"]
    assert caller.key("") == ["ask_risks_2"]


@pytest.mark.parametrize("flag", [f"{MASK}{1 << 7}", f"{SIGNS}pregnant", f"{SIGNS}night_pain"])
@pytest.mark.parametrize("confirmed", ["1", ""])
def test_what_is_said_of_the_other_half_leaves_this_one_open(caller: Talk, flag: str, confirmed: str) -> None:
    caller.go_to("risks")
    caller.take(Heard(Kind.flag, flag, spoken=True))
    said = caller.key("1") if confirmed else [*caller.wait(), *caller.wait()]
    assert caller.session.part == 1 and said[-1] == "ask_risks_1"
    caller.key("3")
    caller.key("0")
    assert caller.session.merged()[caller.protocol.places["risks"]] & ~1 >= 1 << 3 | 1 << 6


@pytest.mark.parametrize("confidence", [SURE, UNSURE])
@pytest.mark.parametrize("at", ["a question", "a confirmation", "beside a sign", "a menu"])
def test_too_many_pills_told_aloud_are_heard_wherever_they_are(
    caller: Talk, at: str, confidence: float
) -> None:
    words = "I took too many pills"
    if at == "a confirmation":
        say(caller, "I have a fever")
    elif at == "a menu":
        caller.key("9")
    elif at == "beside a sign":
        words += " and I have a fever"
    assert say(caller, words, confidence)[0] == "POISON"
    assert ("poison", E) in caller.owed()


def test_too_many_pills_beside_an_emergency_that_waits_are_heard_behind_it(asked: Talk) -> None:
    assert say(asked, "I took too many pills")[:1] == ["E_911"]
    assert "POISON" in asked.said and ("poison", E) in asked.owed()


def test_too_many_pills_texted_beside_a_sign_are_heard(texter: Talk) -> None:
    texter.start()
    texter.hear(Kind.danger, signs=("fever_chills",), poison=True)
    assert texter.said[0] == "POISON" and ("poison", E) in texter.owed()


def test_a_no_by_text_beside_a_flag_that_waits_answers_no_question(caller: Talk) -> None:
    say(caller, "I have a fever")
    caller.medium = Medium.sms
    assert caller.reply("no")[-1] == "ask_heart"
    assert told_to(caller.session, caller.protocol, "heart") < 0


def test_what_is_said_of_the_other_half_is_no_miss(caller: Talk) -> None:
    caller.go_to("risks")
    for words in ("I am pregnant", "I take a blood thinner", "the pain is worse at night"):
        say(caller, words)
        caller.key("1")
    assert caller.asked == "risks" and caller.session.part == 1
    caller.key("0")
    caller.key("0")
    assert caller.asked == "pregnant"


@pytest.mark.parametrize("words", ["yes and maybe some chest pain", "yes I think I might faint"])
def test_a_doubt_beside_a_yes_to_the_confirmation_is_asked_about(caller: Talk, words: str) -> None:
    caller.go_to("injury")
    caller.take(Heard(Kind.flag, f"{SIGNS}anticoagulant", spoken=True))
    say(caller, words)
    assert caller.session.doubted


@pytest.mark.parametrize(
    "words",
    ["make the pain stop please", "please please stop now", "stop", "get me off the floor",
     "I want out of this pain", "stop my back is killing me"],
)  # fmt: skip
def test_a_stop_that_may_be_said_to_a_pain_is_no_opt_out(caller: Talk, words: str) -> None:
    say(caller, words)
    assert not caller.has(OptOut)


@pytest.mark.parametrize("words", ["I have a fever and stop texting me", "stop texting me", "unsubscribe"])
def test_a_wish_for_no_more_texts_is_heard_beside_a_sign_and_in_place_of_a_confirmation(
    caller: Talk, words: str
) -> None:
    say(caller, "I have a fever")
    assert "STOPPED" in say(caller, words)
    assert caller.has(OptOut) and not caller.has(Dispose)


def test_a_wish_for_no_more_texts_beside_a_sign_takes_back_the_offer(caller: Talk) -> None:
    """Who was shown the texts before must be shown them again before a JOIN."""
    caller.session = caller.session.changed({"expects": "offered"})
    say(caller, "I have a fever and stop texting me")
    assert caller.session.expects == ""


def test_an_emergency_texted_during_a_talk_is_said_again_when_it_ends(caller: Talk) -> None:
    caller.desk = OPEN_WITH_PHONES
    caller.key("0")
    caller.hear(Kind.accepted)
    caller.medium = Medium.sms
    caller.hear(Kind.danger, signs=("chest_pain_or_breathless",))
    caller.medium = Medium.voice
    assert caller.hear(Kind.rang, True) == ["E_AGAIN"]
    assert caller.session.stage is Stage.over


def test_two_texts_while_a_phone_rings_do_not_hang_up_on_the_nurse(caller: Talk) -> None:
    caller.desk = OPEN_WITH_PHONES
    caller.key("0")
    caller.medium = Medium.sms
    caller.hear(Kind.help)
    caller.hear(Kind.help)
    caller.medium = Medium.voice
    caller.hear(Kind.accepted)
    assert caller.session.stage is Stage.connected


@pytest.mark.parametrize("half", [1, 2])
@pytest.mark.parametrize("hangs_up", [False, True])
def test_none_by_text_to_half_a_list_shows_the_list(caller: Talk, half: int, hangs_up: bool) -> None:
    caller.go_to("risks")
    if half == 2:
        caller.key("0")
    if hangs_up:
        caller.hear(Kind.hung_up)
    caller.medium = Medium.sms
    assert caller.hear(Kind.answer, NONE) == ["ask_risks"]
    assert caller.hear(Kind.answer, NONE) != ["ask_risks"]
    assert told_to(caller.session, caller.protocol, "risks") == NONE


def test_a_choice_by_text_to_half_a_list_is_kept_and_the_list_shown(caller: Talk) -> None:
    caller.go_to("risks")
    caller.medium = Medium.sms
    assert caller.hear(Kind.answer, 1 << 1) == ["ask_risks"]
    caller.hear(Kind.answer, NONE)
    assert caller.session.merged()[caller.protocol.places["risks"]] & 1 << 1


def test_a_stop_said_at_a_question_is_no_opt_out_but_a_plain_wish_is(caller: Talk) -> None:
    assert say(caller, "stop") == ["NOT_UNDERSTOOD", "ask_heart"]
    assert not caller.has(OptOut)
    assert "STOPPED" in say(caller, "stop texting me")
    assert caller.has(OptOut)


def test_a_wrong_number_texted_while_a_phone_rings_still_owes_the_caller_a_call(caller: Talk) -> None:
    caller.desk = OPEN_WITH_PHONES
    caller.key("0")
    caller.medium = Medium.sms
    assert caller.hear(Kind.wrong_number) == ["WRONG_NUMBER"]
    assert caller.has(OptOut)
    caller.medium = Medium.voice
    caller.hear(Kind.hung_up)
    assert ("transfer_missed", C) in caller.owed()


def test_a_wrong_number_long_after_a_call_forgets_who_called(caller: Talk) -> None:
    caller.session = caller.session.changed({"call": "12345678"})
    caller.medium = Medium.sms
    caller.hear(Kind.wrong_number, after_s=2 * HOUR)
    assert caller.session.asked == -1


def test_texts_during_a_talk_make_no_task_of_a_missed_nurse(caller: Talk) -> None:
    caller.desk = OPEN_WITH_PHONES
    caller.key("0")
    caller.hear(Kind.accepted)
    caller.medium = Medium.sms
    for kind in (Kind.help, Kind.media, Kind.person):
        caller.hear(kind)
        assert caller.owed() == []
    caller.medium = Medium.voice
    assert caller.hear(Kind.rang) == ["GOODBYE"]
    assert caller.owed() == []


def test_a_ring_in_vain_after_a_text_offers_what_any_such_ring_does(caller: Talk) -> None:
    caller.desk = OPEN_WITH_PHONES
    caller.key("0")
    caller.medium = Medium.sms
    caller.hear(Kind.help)
    caller.medium = Medium.voice
    assert caller.hear(Kind.rang) == ["TRANSFER_MISSED"]
    assert ("transfer_missed", C) in caller.owed()
    assert caller.key("3")[-1] == "ask_heart"


def test_a_ring_in_vain_after_an_emergency_by_text_says_the_emergency(caller: Talk) -> None:
    caller.desk = OPEN_WITH_PHONES
    caller.key("0")
    caller.medium = Medium.sms
    caller.hear(Kind.danger, signs=("chest_pain_or_breathless",))
    caller.medium = Medium.voice
    assert caller.hear(Kind.rang)[0] == "E_911"
    assert caller.session.stage is Stage.told


def test_going_back_from_a_menu_goes_to_where_texts_have_led(caller: Talk) -> None:
    """The question that was open is answered by text meanwhile: its prompt does not come again."""
    caller.desk = OPEN_WITH_PHONES
    caller.key("0")
    caller.medium = Medium.sms
    caller.reply("no")
    caller.medium = Medium.voice
    caller.hear(Kind.rang)
    assert caller.key("3") == ["ask_vessel"]


@pytest.mark.parametrize("question", ["fever", "limbs", "pain"])
def test_an_answer_by_text_beside_a_flag_that_waits_is_asked_for_again(caller: Talk, question: str) -> None:
    """It may have been meant for "is that right?"; what raises a sign counts all the same."""
    caller.go_to(question)
    say(caller, "I take a blood thinner")
    caller.medium = Medium.sms
    assert caller.reply(1)[-1] == f"ask_{question}"
    assert told_to(caller.session, caller.protocol, question) < 0


def test_a_nurse_who_talked_leaves_no_task_of_a_dropped_call(caller: Talk) -> None:
    caller.desk = OPEN_WITH_PHONES
    say(caller, "I have a fever")
    caller.key("1")
    caller.key("0")
    caller.hear(Kind.accepted)
    caller.hear(Kind.rang, True)
    caller.hear(Kind.hung_up)
    assert caller.owed() == []
