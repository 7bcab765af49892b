"""Told beside something else, hedged, or out of its turn: it counts or is asked again before the end.

Each of these was lost once (the fifth review of speech)."""

from dataclasses import replace

import pytest

from flows.answers import digit_alone, understand
from flows.heard import Kind
from flows.programme import Waiting
from flows.protocol import NO, Level, Medium
from flows.session import Stage
from flows.speech import listen, overheard
from flows.wording import Say
from tests.flows.talk import CHECKIN, MIN, OPEN, E, S, Talk, U

SURE, UNSURE, LEAST = 0.9, 0.2, 0.5
SAFE = {"age": "40", "pain": "3", "risks": "0"} | dict.fromkeys(
    ("heart", "vessel", "saddle", "pregnant"), "2"
)
OPEN_WITH_PHONES = replace(OPEN, nurses=1)


def say(texter: Talk, *words: str, confidence: float = SURE) -> list[str]:
    """Said aloud, one after the other; a key where words are one."""
    for told in words:
        if told.isdigit() or told in ("#", "0#"):
            texter.key(told)
        else:
            texter.take(listen(texter.protocol, texter.session, told, confidence, LEAST))
    return texter.said


def text(texter: Talk, words: str) -> list[str]:
    return texter.take(understand(texter.protocol, words, texter.question.id, "en"))


def ends_at(texter: Talk) -> Level:
    """The level when all that is still asked is answered by somebody well, and a confirmation by yes."""
    for _ in range(40):
        if texter.session.stage is Stage.confirming:
            texter.key("1")
        elif texter.asked:
            texter.finish()
        else:
            break
    return texter.session.level


@pytest.mark.parametrize(
    ("question", "said", "level"),
    [
        # another choice in the reply to "is that right?"
        ("limbs", ("two", "no, four"), E),
        ("limbs", ("my leg is numb", "no, both legs"), E),
        ("limbs", ("two", "yes, and four"), E),
        ("injury", ("I had a small fall", "no, a crash"), E),
        # a worse choice beside a lesser sign
        ("limbs", ("four, my leg is numb", "yes"), E),
        ("injury", ("three, I had a small fall", "yes"), E),
    ],
)
def test_the_worst_that_was_said_counts(
    caller: Talk, question: str, said: tuple[str, ...], level: Level
) -> None:
    caller.go_to(question)
    say(caller, *said)
    assert ends_at(caller) == level


@pytest.mark.parametrize(("words", "stage"), [("two", Stage.confirming), ("one", Stage.asking)])
def test_a_number_alone_is_a_key_of_the_confirmation_and_no_choice(
    caller: Talk, words: str, stage: Stage
) -> None:
    caller.go_to("limbs")
    say(caller, "I have a fever", words)
    assert caller.session.stage is stage
    assert caller.session.merged()[caller.protocol.places["limbs"]] < 0


@pytest.mark.parametrize(
    ("words", "stage"),
    [
        ("one", Stage.confirming),
        ("1.", Stage.confirming),
        ("press one please", Stage.confirming),
        ("two", Stage.asking),
        ("nine", Stage.escape),
        ("number nine", Stage.escape),
    ],
)
def test_a_key_that_is_said_is_heard_as_that_key_but_never_as_a_no(
    caller: Talk, words: str, stage: Stage
) -> None:
    say(caller, words)
    assert caller.session.stage is stage
    assert caller.session.merged()[caller.protocol.places["heart"]] < 0


def test_help_that_may_be_needed_is_owed_today_when_they_hang_up(caller: Talk) -> None:
    say(caller, "maybe I need an ambulance")
    caller.hear(Kind.hung_up)
    assert caller.owed() == [("dropped", U)]


@pytest.mark.parametrize("words", ["nine nine nine", "one one two", "call nine nine nine"])
def test_an_emergency_number_in_words_is_one(caller: Talk, words: str) -> None:
    say(caller, words)
    assert caller.session.level == E


def test_only_an_answer_to_a_prompt_of_after_the_doubt_clears_it(caller: Talk) -> None:
    late(caller, "maybe I have chest pain")
    caller.key("9")  # no prompt of the question is heard behind the doubt
    late(caller, "maybe I have chest pain")
    caller.hear(Kind.hung_up)
    caller.medium = Medium.sms
    caller.reply("no", after_s=MIN)
    assert is_doubted(caller, "heart")
    caller.finish()
    assert not is_doubted(caller, "heart") and caller.session.level == S


@pytest.mark.parametrize(
    ("question", "words"), [("limbs", "4 my leg is numb"), ("injury", "3 I had a small fall")]
)
def test_by_text_too_a_worse_choice_beside_a_sign_counts(texter: Talk, question: str, words: str) -> None:
    texter.go_to(question)
    text(texter, words)
    assert ends_at(texter) == E


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("limbs", ("my leg is numb. maybe I can't walk", "yes")),
        ("injury", ("I had a small fall but maybe it was a car crash", "1")),
    ],
)
def test_what_is_hedged_beside_a_sign_of_the_same_question_is_asked_again(
    caller: Talk, question: str, said: tuple[str, ...]
) -> None:
    caller.go_to(question)
    say(caller, *said)
    assert is_doubted(caller, question) or caller.asked == question


def test_a_worse_choice_that_is_hedged_beside_the_yes_counts(caller: Talk) -> None:
    caller.go_to("injury")
    say(caller, "I had a small fall", "yes, maybe I was in a car crash")
    assert caller.session.level == E


def test_by_text_too_what_is_hedged_beside_a_sign_is_asked_again(texter: Talk) -> None:
    texter.go_to("limbs")
    text(texter, "my leg is numb. maybe I can't walk")
    assert is_doubted(texter, "limbs")
    texter.finish(limbs=4)
    assert texter.session.level == E


def test_whoever_hedges_for_ever_ends_at_the_floor(texter: Talk) -> None:
    texter.go_to("limbs")
    for _ in range(40):
        if not texter.asked:
            break
        text(texter, "my leg is numb. maybe I can't walk") if texter.asked == "limbs" else texter.reply_to(1)
    assert not texter.asked and texter.session.level >= U


@pytest.mark.parametrize(
    "said",
    [
        ("0#", "maybe I had cancer"),
        ("0#", "I have cancer", "2"),
        ("0#", "I have cancer", "no"),
        ("0#", "my mother had cancer"),
    ],
)
@pytest.mark.parametrize("confidence", [SURE, UNSURE])
def test_a_doubt_of_the_first_half_reads_that_half_again(
    caller: Talk, said: tuple[str, ...], confidence: float
) -> None:
    caller.go_to("risks")
    say(caller, *said, confidence=confidence)
    if caller.session.stage is Stage.confirming:  # a "no" that was heard unsurely
        caller.key("2")
    assert (caller.asked, caller.session.part) == ("risks", 1)


@pytest.mark.parametrize(
    "said",
    [("maybe my groin is numb", "~", "~"), ("I have chest pain", "2", "~", "~")],
)
def test_three_misses_in_a_row_end_at_the_floor_of_every_doubt(caller: Talk, said: tuple[str, ...]) -> None:
    caller.go_to("fever")
    for words in said:
        caller.wait() if words == "~" else say(caller, words)
    assert not caller.asked
    assert [level for _, level in caller.owed()] == [U]


def test_i_meant_yes_is_heard_aloud(caller: Talk) -> None:
    caller.go_to("limbs")
    say(caller, "I meant yes")
    assert caller.asked == "saddle"
    say(caller, "yes", "1")
    assert caller.session.level == E


@pytest.mark.parametrize(
    "words", ["I'm driving and I need an ambulance", "I am away from my phone call an ambulance"]
)
def test_no_machine_replies_by_voice(caller: Talk, words: str) -> None:
    caller.go_to("fever")
    assert say(caller, words)[0] == "E_911"


@pytest.mark.parametrize(
    ("question", "words", "floor"),
    [
        ("heart", "yes, I want to talk to a nurse", U),
        ("limbs", "both legs can I talk to a nurse", U),
        ("heart", "yes and I have a fever", U),
    ],
)
def test_an_answer_beside_something_else_is_owed_when_the_call_drops(
    caller: Talk, question: str, words: str, floor: Level
) -> None:
    caller.desk = replace(OPEN, nurses=1)
    caller.go_to(question)
    say(caller, words)
    assert is_doubted(caller, question) or caller.asked == question
    caller.hear(Kind.hung_up)
    assert max(level for _, level in caller.owed()) >= floor


def is_doubted(texter: Talk, question: str) -> bool:
    return bool(texter.session.doubted >> texter.protocol.places[question] & 1)


def late(texter: Talk, words: str) -> list[str]:
    """Said to a prompt of before."""
    return texter.take(overheard(texter.protocol, texter.session, words, sure=True))


def test_a_doubt_behind_the_advice_begins_the_questions(caller: Talk) -> None:
    caller.finish()
    assert caller.session.level == S
    assert late(caller, "maybe my groin is numb")[0] == "HOW"
    assert is_doubted(caller, "saddle") and caller.asked


@pytest.mark.parametrize("takes", [False, True])
def test_a_doubt_while_a_nurses_phone_rings_is_owed_or_recorded(takes: bool, caller: Talk) -> None:
    """No question stands open there: it is kept for whoever is owed to call."""
    caller.desk = OPEN_WITH_PHONES
    caller.finish()
    caller.key("0")
    late(caller, "maybe my groin is numb")
    assert is_doubted(caller, "saddle")
    if takes:
        caller.hear(Kind.accepted)
    caller.hear(Kind.hung_up)
    assert takes or max(level for _, level in caller.owed()) == U


def test_a_nurse_who_takes_a_call_with_a_doubt_finds_its_floor_recorded(caller: Talk) -> None:
    caller.desk = OPEN_WITH_PHONES
    say(caller, "no maybe my groin is numb")
    caller.key("0")
    caller.hear(Kind.accepted)
    caller.hear(Kind.hung_up)
    assert caller.disposed.level == U and not caller.disposed.finished


def test_a_doubt_while_a_phone_rings_outlives_the_sign_that_begins_the_questions(caller: Talk) -> None:
    caller.desk = OPEN_WITH_PHONES
    caller.finish()
    caller.session = caller.session.changed({"call": "a call"})
    caller.key("0")
    late(caller, "maybe my groin is numb")
    late(caller, "I have cancer")
    assert caller.asked and is_doubted(caller, "saddle")


def test_a_doubt_of_another_call_begins_the_questions(caller: Talk) -> None:
    caller.finish()
    caller.hear(Kind.call_began, doubts=("saddle_numbness",))
    assert caller.said[0] == "HOW" and is_doubted(caller, "saddle")


def test_a_doubt_at_key_nine_is_kept(caller: Talk) -> None:
    caller.go_to("fever")
    caller.key("9")
    late(caller, "maybe my groin is numb")
    caller.key("1")
    assert is_doubted(caller, "saddle")


@pytest.mark.parametrize("words", ["maybe I have chest pain", "same, maybe some chest pain"])
def test_a_doubt_at_a_checkin_is_a_new_sign(texter: Talk, words: str) -> None:
    texter.waiting = Waiting("checkin", CHECKIN, 7, over_week=False, day7=True)
    texter.session = texter.session.changed({"stage": Stage.checkin})
    texter.take(understand(texter.protocol, words, "checkin", "en"))
    assert "newflag" in texter.said and is_doubted(texter, "heart")


def test_a_yes_to_a_prompt_that_a_text_answered_meanwhile_asks_it_again(caller: Talk) -> None:
    caller.go_to("saddle")
    caller.medium = Medium.sms
    caller.reply("no")
    caller.medium = Medium.voice
    late(caller, "yes")
    assert is_doubted(caller, "saddle")


def test_a_late_text_clears_no_doubt_that_was_told_since(caller: Talk) -> None:
    caller.reply("no")
    say(caller, "maybe I have chest pain", confidence=UNSURE)
    caller.medium = Medium.sms
    caller.hear(Kind.answer, NO, late=True, after_s=1)
    assert is_doubted(caller, "heart") or caller.asked == "heart"


def test_new_keeps_the_doubts_of_an_unfinished_encounter(texter: Talk) -> None:
    texter.go_to("limbs")
    text(texter, "maybe I have chest pain")
    texter.hear(Kind.new, after_s=MIN)
    assert is_doubted(texter, "heart")


@pytest.mark.parametrize("confidence", [SURE, UNSURE])
@pytest.mark.parametrize("words", ["maybe I need an ambulance", "do I need to go to the emergency room"])
def test_whoever_wonders_about_an_ambulance_hears_whom_to_call(
    caller: Talk, words: str, confidence: float
) -> None:
    caller.go_to("fever")
    assert {Say.MIXED, Say.UNSURE} & {*say(caller, words, confidence=confidence)}
    assert caller.asked == "fever"


def test_help_in_doubt_outlives_three_misses(caller: Talk) -> None:
    caller.go_to("fever")
    say(caller, "maybe I need an ambulance")
    caller.wait()
    caller.wait()
    assert caller.session.stage is Stage.over
    assert [level for _, level in caller.owed()] == [U]


@pytest.mark.parametrize(
    ("question", "words"),
    [("saddle", "yes stop texting me"), ("limbs", "four, stop texting me")],
)
def test_a_yes_or_a_choice_beside_a_keyword_is_owed_when_they_hang_up(
    caller: Talk, question: str, words: str
) -> None:
    caller.go_to(question)
    say(caller, words)
    caller.hear(Kind.hung_up)
    assert ("dropped", U) in caller.owed()


def test_a_sign_told_before_the_prompt_was_said_again_is_no_answer_to_it(caller: Talk) -> None:
    caller.go_to("limbs")
    say(caller, "both legs are weak", "no")  # heard wrong: asked again
    late(caller, "my foot drags")
    say(caller, "yes")
    assert is_doubted(caller, "limbs") or caller.asked == "limbs"
    caller.finish(limbs=4)
    assert caller.session.level == E


@pytest.mark.parametrize("words", ["one, I had an epidural", "yes, I had an epidural and my groin is numb"])
def test_a_choice_beside_a_sign_leaves_the_sign_whole(caller: Talk, words: str) -> None:
    caller.go_to("saddle" if "groin" in words else "risks")
    say(caller, words, "1")
    risks = caller.protocol.question("risks")
    assert caller.session.merged()[risks.place] & 1 << 3


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("saddle", "yes, it's for my mother"),
        ("saddle", "yes wrong number"),
        ("limbs", "both legs, it's for my mother"),
    ],
)
def test_a_yes_or_a_choice_beside_anything_else_is_owed_when_they_hang_up(
    caller: Talk, question: str, words: str
) -> None:
    caller.go_to(question)
    say(caller, words)
    caller.hear(Kind.hung_up)
    assert [level for _, level in caller.owed() if level >= U]


@pytest.mark.parametrize("words", ["yes, stop", "yes stop texting me"])
def test_a_yes_beside_a_stop_by_text_is_owed(texter: Talk, words: str) -> None:
    texter.go_to("saddle")
    text(texter, words)
    assert ("stopped", U) in texter.owed()


@pytest.mark.parametrize(
    "words",
    [
        *("I meant yes, two", "I meant yes, my leg is numb", "I meant yes, I want a nurse"),
        *("I meant yes and I have a fever", "actually yes and none", "I meant yes, maybe I have a fever"),
        "quise decir que si, y dos",
    ],
)
@pytest.mark.parametrize("confidence", [SURE, UNSURE])
def test_a_correction_beside_anything_else_puts_the_answer_before_in_doubt(
    caller: Talk, words: str, confidence: float
) -> None:
    caller.go_to("limbs")  # saddle was answered with no
    say(caller, words, confidence=confidence)
    assert is_doubted(caller, "saddle") or caller.asked == "saddle" or caller.session.level == E


def test_whoever_doubts_over_and_over_on_the_phone_is_not_asked_for_ever(caller: Talk) -> None:
    for turn in range(400):
        caller.session = caller.session.changed({"turn": turn})
        if not caller.asked:
            break
        say(caller, "maybe my groin is numb", confidence=UNSURE)
        if caller.asked:
            caller.key(SAFE.get(caller.asked, "1"))
    assert caller.session.stage is Stage.told and caller.session.level >= U


@pytest.mark.parametrize(
    ("words", "language", "key"),
    [
        *(("el uno", "es", "1"), ("marque el nueve", "es", "9"), ("por favor cero", "es", "0")),
        *(("please nine", "en", "9"), ("two", "en", "2"), ("dos por favor", "es", "2")),
        *(("las dos", "es", ""), ("the two", "en", ""), ("one two", "en", ""), ("forty two", "en", "")),
    ],
)
def test_a_key_may_be_said_with_a_word_beside_it(caller: Talk, words: str, language: str, key: str) -> None:
    assert digit_alone(caller.protocol, words, language) == key


@pytest.mark.parametrize("words", ["cuatro por favor", "la cuatro, por favor", "4 por favor"])
def test_please_is_no_unit_of_a_number_in_spanish(caller: Talk, words: str) -> None:
    heard = understand(caller.protocol, words, "limbs", "es")
    assert (heard.kind, heard.value) == (Kind.answer, 1 << 4)
    assert understand(caller.protocol, "4 por ciento", "limbs", "es").kind is Kind.unclear
