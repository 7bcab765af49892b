"""What people text and what the line makes of it: the sample, the precedence, and any text at all."""

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flows.answers import report, understand
from flows.heard import Heard, Kind
from flows.lexicon import lexicon, word_faults
from flows.load import load
from flows.protocol import NO, NONE, YES, Protocol

DATA = Path(__file__).parents[1] / "data"
SAMPLE = json.loads((DATA / "utterances.sample.json").read_text(encoding="utf-8"))
PLACES = (
    "heart", "vessel", "saddle", "limbs", "injury", "fever", "risks", "pregnant", "age", "pain", "relief",
    "time", "checkin", "seen", None,
)  # fmt: skip
YES_NO = ("heart", "vessel", "saddle", "pregnant")


@cache
def protocol() -> Protocol:
    return load(Path(__file__).parents[2] / "flows" / "back_pain")


def hear(text: str, question: str | None = None) -> Heard:
    return understand(protocol(), text, question, "en")


def read(text: str, question: str | None = None) -> str:
    return str(report(hear(text, question))["reading"])


# The sample.


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: f"{case['id']}-{case['text']}")
def test_no_sample_reply_gets_a_forbidden_reading(case: dict[str, str]) -> None:
    heard = understand(protocol(), case["text"], case["question"], case["language"])
    assert report(heard)["reading"] not in case["forbidden"]


def test_nearly_every_sample_reply_gets_an_acceptable_reading() -> None:
    fitting = 0
    for case in SAMPLE:
        heard = understand(protocol(), case["text"], case["question"], case["language"])
        fitting += report(heard)["reading"] in case["acceptable"]
    assert fitting / len(SAMPLE) >= 0.97


# Yes and no.


@pytest.mark.parametrize(
    "text",
    ["y", "Yep", "yesss", "Y E S", "yes, i do", "sí", "yes???", "✅", "yes 😭", "“Yes”"],
)  # fmt: skip
def test_a_yes_in_any_dress_is_yes(text: str) -> None:
    heard = hear(text, "heart")
    assert (heard.kind, heard.value, heard.reading) == (Kind.answer, YES, "yes")


@pytest.mark.parametrize(
    "text",
    ["n", "NOPE", "nooo", "no i don’t have any of that thank god", "none of those", "no none of those things",
     "nope not at all", "no chest pain or shortness of breath", "my chest doesn't hurt", "chest is fine"],
)  # fmt: skip
def test_a_plain_no_is_no(text: str) -> None:
    heard = hear(text, "heart")
    assert (heard.kind, heard.value, heard.reading) == (Kind.answer, NO, "no")


@pytest.mark.parametrize("text", ["1", "2", "0", "3", "7"])
def test_a_bare_digit_at_a_yes_no_question_is_asked_again(text: str) -> None:
    assert [hear(text, question).kind for question in YES_NO] == [Kind.unclear] * len(YES_NO)


@pytest.mark.parametrize(
    "text",
    ["yes no", "no yes", "no no yes", "no 8", "no weird feeling in my weiner", "im not ok"],
)  # fmt: skip
def test_two_answers_or_a_no_beside_unknown_words_are_no_answer(text: str) -> None:
    assert hear(text, "heart").kind in (Kind.unclear, Kind.unsure)


@pytest.mark.parametrize(
    "text",
    ["not sure", "IDK", "maybe", "not really", "kinda", "?", "ummm", "hard to tell", "🤷"],
)  # fmt: skip
def test_words_of_doubt_are_not_sure(text: str) -> None:
    assert hear(text, "saddle").kind is Kind.unsure


@pytest.mark.parametrize(
    "text",
    ["yes but it comes back", "ok", "👍", "NOT TRIED", "havent tried anything", "no"],
)  # fmt: skip
def test_only_a_plain_yes_says_that_the_pain_eases(text: str) -> None:
    heard = hear(text, "relief")
    assert (heard.kind, heard.value, heard.reading) == (Kind.answer, NO, "no")


@pytest.mark.parametrize("text", ["yes", "yes it helps", "advil helps", "yeah a lot"])
def test_a_plain_yes_says_that_the_pain_eases(text: str) -> None:
    assert hear(text, "relief").value == YES


# Signs beside an answer.

TOLD = [
    ("no but my leg is numb", "saddle", "numbness_tingling"),
    ("no, both legs are weak tho", "saddle", "bilateral_leg"),
    ("no both legs are weak", "saddle", "bilateral_leg"),
    ("no my foot is numb", "heart", "numbness_tingling"),
    ("4 but my chest is tight", "pain", "chest_pain_or_breathless"),
    ("better but now my foot is numb", "checkin", "numbness_tingling"),
    ("I can’t pee", "saddle", "urinary_retention"),
    ("i cannot feel between my legs", None, "saddle_numbness"),
    ("my leg gave way", "limbs", "limb_weakness"),
    ("passed out", "vessel", "faint_or_cold_sweat"),
    ("chest tightnes", "heart", "chest_pain_or_breathless"),
    ("no puedo respirar", None, "chest_pain_or_breathless"),
    ("my wife cant breathe", None, "chest_pain_or_breathless"),
    ("not only chest pain but sweating", "heart", "chest_pain_or_breathless"),
    ("nope chest pain", "heart", "chest_pain_or_breathless"),
    ("i dont just have chest pain", "heart", "chest_pain_or_breathless"),
    ("no fever but it burns to pee", "fever", "painful_urination_or_blood"),
    ("call an ambulance", None, "danger"),
    ("９１１", "pain", "danger"),
    ("9-1-1", "saddle", "danger"),
]


@pytest.mark.parametrize(("text", "question", "fact"), TOLD)
def test_a_sign_told_beside_anything_is_heard(text: str, question: str | None, fact: str) -> None:
    heard = hear(text, question)
    assert heard.kind is Kind.danger
    assert fact in heard.signs


def test_911_is_an_emergency_at_every_question() -> None:
    assert {hear("911", question).kind for question in PLACES} == {Kind.danger}


DOUBTED = [
    ("maybe my chest is tight", "heart", "chest_pain_or_breathless"),
    ("my dad had a heart attack last year", "heart", "chest_pain_or_breathless"),
    ("i had chest pain years ago", "heart", "chest_pain_or_breathless"),
    ("can back pain cause numbness", None, "numbness_tingling"),
    ("my mom has cancer", "risks", "cancer_history"),
    ("no leg is numb", "saddle", "numbness_tingling"),
    ("i had numbness but its gone", "limbs", "numbness_tingling"),
]


@pytest.mark.parametrize(("text", "question", "fact"), DOUBTED)
def test_a_sign_hedged_past_or_anothers_is_asked_again(text: str, question: str | None, fact: str) -> None:
    heard = hear(text, question)
    assert heard.kind is Kind.doubt
    assert fact in heard.doubts
    assert fact not in heard.signs


@pytest.mark.parametrize("text", ["no chest pain", "i dont have chest pain", "without any chest pain"])
def test_a_denied_sign_is_neither_told_nor_doubted(text: str) -> None:
    heard = hear(text, "heart")
    assert (heard.signs, heard.doubts) == ((), ())


# Precedence.


@pytest.mark.parametrize(
    "text",
    ["i want to die", "end it all", "no i just want to die", "quiero morir", "kill myself"],
)  # fmt: skip
def test_self_harm_is_heard_in_every_state(text: str) -> None:
    assert {hear(text, question).kind for question in PLACES} == {Kind.self_harm}


def test_self_harm_comes_before_a_sign_and_both_are_kept() -> None:
    heard = hear("i want to die, my chest hurts", "heart")
    assert heard.kind is Kind.self_harm
    assert "chest_pain_or_breathless" in heard.signs
    assert report(heard)["signs"] == ["chest_pain_or_breathless", "self_harm"]


def test_a_sign_comes_before_an_opt_out_and_both_are_kept() -> None:
    heard = hear("STOP. my chest hurts")
    assert (heard.kind, heard.opt_out) == (Kind.danger, True)


def test_an_opt_out_comes_before_help() -> None:
    assert hear("STOP please help").kind is Kind.opt_out


def test_a_number_beside_self_harm_is_kept() -> None:
    assert report(hear("10 i want to die", "pain"))["value"] == 10


@pytest.mark.parametrize(
    "text",
    ["STOP", "Stop.", "S T O P", "please stop", "stop texting me", "unsubscribe me", "how do i stop these",
     "opt out",
     "take me off this list", "leave me alone", "i dont want these texts anymore", "cancelar", "no stop",
     "stoppp"],
)  # fmt: skip
def test_an_opt_out_in_reasonable_words_is_one(text: str) -> None:
    assert {read(text, question) for question in PLACES} == {"optout"}


@pytest.mark.parametrize(
    "text",
    ["pain won't stop", "it wont stop hurting", "cancel my appointment", "i had to cancel my trip",
     "i quit my job",
     "stop asking about my legs", "please stop the pain", "dont stop", "END it all", "i want this to end"],
)  # fmt: skip
def test_a_word_of_opting_out_in_another_sense_is_none(text: str) -> None:
    heard = hear(text)
    assert heard.kind is not Kind.opt_out
    assert not heard.opt_out


@pytest.mark.parametrize("text", ["yes no more texts", "yes, stop texting me", "yes wrong number"])
def test_a_yes_beside_a_wish_for_no_more_texts_is_kept(text: str) -> None:
    assert (hear(text, "saddle").keep, hear("no more texts", "saddle").keep) == (YES, 0)


def test_a_wrong_number_counts_as_an_opt_out() -> None:
    heard = hear("wrong number", "heart")
    assert (heard.kind, heard.reading) == (Kind.wrong_number, "optout")


@pytest.mark.parametrize(
    ("text", "kind"),
    [("HELP", Kind.help), ("info", Kind.help), ("help me", Kind.help), ("talk to a nurse", Kind.person),
     ("is this a real person", Kind.person), ("who is this?", Kind.person), ("my husband hit me",
     Kind.abuse)],
)  # fmt: skip
def test_a_call_for_help_reads_as_help(text: str, kind: Kind) -> None:
    heard = hear(text, "saddle")
    assert (heard.kind, heard.reading) == (kind, "help")


# Keywords.


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [("back", Kind.back, None), ("New", Kind.new, None), ("SAME", Kind.same, None), ("go", Kind.go, None),
     ("JOIN", Kind.join, None), ("advice", Kind.advice, None), ("MORE", Kind.more, None), ("A7",
     Kind.code, "A7"),
     ("a 12", Kind.code, "A12"), ("call", Kind.call, None), ("CALL NO MESSAGE", Kind.call, True),
     ("text", Kind.text_only, None), ("thank you", Kind.thanks, None), ("español", Kind.language, "es"),
     ("for my mom", Kind.for_other, None), ("i took too many pills", Kind.poison, None)],
)  # fmt: skip
def test_a_keyword_is_heard(text: str, kind: Kind, value: object) -> None:
    heard = hear(text)
    assert (heard.kind, heard.value) == (kind, value)


@pytest.mark.parametrize("word", ["BACK", "JOIN", "START", "EN", "ES"])
def test_a_keyword_reads_as_a_choice_only_outside_the_questions(word: str) -> None:
    assert report(hear(word)) == {"reading": "menu_choice", "value": word, "signs": []}
    assert read(word, "saddle") == "unrecognised"


def test_an_opt_in_word_at_a_question_is_answer_and_opt_in() -> None:
    assert (hear("YES", "heart").value, hear("YES", "heart").start) == (YES, True)
    assert hear("START", "heart").start
    assert hear("START").kind is Kind.start


def test_an_empty_text_is_no_answer() -> None:
    assert hear("  ", "heart").kind is Kind.media


@pytest.mark.parametrize(
    "text",
    ["Liked “Any today? Chest pain or tightness, hard to breathe”", 'Loved "YES or NO?"'],
)  # fmt: skip
def test_a_tapback_of_our_own_words_says_nothing(text: str) -> None:
    heard = hear(text, "heart")
    assert (heard.kind, heard.signs) == (Kind.unclear, ())


# Numbers, choices, lists.


@pytest.mark.parametrize(
    ("text", "score"),
    [("7", 7), ("７", 7), ("07", 7), ("7/10", 7), ("7 out of 10", 7), ("about 6", 6), ("its a 6", 6),
     ("ten!!!", 10),
     ("between 7 and 8", 8), ("7-8", 8), ("7.5", 8), ("pain 7/10 goes to 9", 9), ("siete", 7), ("3️⃣", 3),
     ("0", 0)],
)  # fmt: skip
def test_a_score_is_read_and_of_two_the_higher(text: str, score: int) -> None:
    heard = hear(text, "pain")
    assert (heard.kind, heard.value, heard.shown) == (Kind.answer, score, score)


@pytest.mark.parametrize("text", ["11", "100", "-3", "unbearable", "no pain", "7½", "for 3 days"])
def test_what_is_no_score_is_asked_again(text: str) -> None:
    assert hear(text, "pain").kind is Kind.unclear


@pytest.mark.parametrize(
    ("text", "years"), [("45 yrs", 45), ("im 45", 45), ("forty five", 45), ("45yo", 45), ("0", 0)]
)
def test_an_age_in_years_is_read(text: str, years: int) -> None:
    assert hear(text, "age").value == years


@pytest.mark.parametrize("text", ["4 months", "18 months", "150", "1980", "17 or 18", "i have 2 kids", "7½"])
def test_what_is_no_age_in_years_is_asked_again(text: str) -> None:
    assert hear(text, "age").kind is Kind.unclear


@pytest.mark.parametrize(
    ("text", "question", "key"),
    [("#3", "limbs", 3), ("option 3", "limbs", 3), ("two", "limbs", 2), ("both", "limbs", 4), ("none",
     "limbs", 1),
     ("legs are fine", "limbs", 1), ("just lifted a box", "injury", 1), ("no fever", "fever", 1),
     ("2 and 3", "fever", 4),
     ("3 days", "time", 1), ("5 days", "time", 2), ("a week", "time", 2), ("8 days", "time", 4),
     ("over a week, but better", "time", 3), ("better", "checkin", 1), ("no change", "checkin", 2),
     ("not better", "checkin", 2), ("peor", "checkin", 3), ("not great", "checkin", 3), ("new", "checkin", 4),
     ("not yet", "seen", 2), ("yes", "seen", 1)],
)  # fmt: skip
def test_a_choice_is_read_by_number_or_by_its_words(text: str, question: str, key: int) -> None:
    heard = hear(text, question)
    assert (heard.kind, heard.value, heard.shown) == (Kind.answer, 1 << key, key)


@pytest.mark.parametrize("question", ["limbs", "injury", "fever"])
@pytest.mark.parametrize("text", ["no", "nope", "5", "-1", "0"])
def test_a_bare_no_or_a_wrong_number_is_no_choice(text: str, question: str) -> None:
    assert hear(text, question).kind is Kind.unclear


@pytest.mark.parametrize("text", ["1 but my hip feels strange", "just one", "not fine"])
def test_the_best_choice_beside_words_not_known_is_asked_again(text: str) -> None:
    assert hear(text, "limbs").kind in (Kind.unclear, Kind.unsure)


def test_two_choices_at_once_are_asked_again_and_the_signs_kept() -> None:
    heard = hear("2 or 3", "limbs")
    assert (heard.kind, heard.keep) == (Kind.unclear, 1 << 2 | 1 << 3)


@pytest.mark.parametrize(
    ("text", "keys"),
    [("1,4", (1, 4)), ("14", (1, 4)), ("2 and 7", (2, 7)), ("#1 #5", (1, 5)), ("maybe 6", (6,))],
)
def test_a_list_is_read(text: str, keys: tuple[int, ...]) -> None:
    heard = hear(text, "risks")
    assert (heard.value, heard.shown) == (sum(1 << key for key in keys), keys)


@pytest.mark.parametrize("text", ["0", "none", "no", "none of those", "nothing"])
def test_none_of_a_list_is_an_empty_list(text: str) -> None:
    heard = hear(text, "risks")
    assert (heard.value, heard.shown) == (NONE, ())
    assert report(heard)["value"] == []


@pytest.mark.parametrize("text", ["all", "9", "0 3", "1-4", "no 5", "not pregnant", "no cancer"])
def test_a_list_that_contradicts_itself_or_names_no_choice_is_asked_again(text: str) -> None:
    assert hear(text, "risks").kind is Kind.unclear


# Any text at all.


@given(st.text(max_size=400), st.sampled_from(PLACES))
@example("\ud800" * 20, "heart")
@example("9" * 2000, "pain")
@example("no " * 1000, "limbs")
def test_no_text_raises(text: str, question: str | None) -> None:
    assert hear(text, question).kind in Kind


WORDS = sorted(lexicon(protocol().languages["en"]).spelling.words)


@settings(deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=12), st.sampled_from(PLACES))
def test_no_row_of_known_words_raises(words: list[str], question: str | None) -> None:
    assert hear(" ".join(words), question).kind in Kind


DANGERS = [
    "my chest hurts", "i cant pee", "i cant breathe", "both my legs are numb", "call an ambulance",
    "my leg gave way",
]  # fmt: skip


@given(st.sampled_from(["no", "nope", "none", "No.", "no thanks", "none of those", "not at all", "i dont"]),
       st.sampled_from([" but ", ". ", ", ", " and ", " ", "! "]), st.sampled_from(DANGERS), st.booleans(),
       st.sampled_from(YES_NO))  # fmt: skip
def test_a_no_with_a_danger_statement_is_never_a_no(
    no: str, joint: str, danger: str, first: bool, question: str
) -> None:
    text = joint.join((danger, no) if first else (no, danger))
    assert read(text, question) != "no"
    assert hear(text, question).kind in (Kind.danger, Kind.doubt)


@st.composite
def dressed_yes(draw: st.DrawFn) -> str:
    word = draw(st.sampled_from(["yes", "yeah", "yep", "yup", "si", "i do", "correct"]))
    letters = [draw(st.sampled_from([c, c.upper(), c * 2, c * 3])) if c != " " else c for c in word]
    mark = st.sampled_from(["", "!", ".", "!!", "...", " ", "😭", "🔥", " 👍", "\n"])
    return draw(mark) + "".join(letters) + draw(mark)


@given(dressed_yes(), st.sampled_from(YES_NO))
def test_case_marks_doubled_letters_and_faces_never_turn_a_yes_into_a_no(text: str, question: str) -> None:
    heard = hear(text, question)
    assert heard.value != NO
    assert heard.reading != "no"


EVERY_SIGN = sorted(
    (str(fact), str(phrase))
    for fact, phrases in protocol().languages["en"].words["signs"].items()
    for phrase in phrases
    if not set("<|+~") & set(str(phrase))
)


@given(st.sampled_from(EVERY_SIGN), st.sampled_from(["no", "nope", "none of those", "not at all"]),
       st.sampled_from(YES_NO), st.booleans())  # fmt: skip
def test_no_sign_of_the_tables_beside_a_no_makes_it_a_plain_no(
    sign: tuple[str, str], no: str, question: str, first: bool
) -> None:
    text = f"{sign[1]}. {no}" if first else f"{no} but {sign[1]}"
    assert read(text, question) != "no"


def accented(text: str, marks: list[str]) -> str:
    return "".join(letter + mark for letter, mark in zip(text, marks, strict=False)) + text[len(marks) :]


@given(dressed_yes(), st.lists(st.sampled_from(["", "\u0301", "\u0308", "\u200d", "\ufe0f"]), max_size=8),
       st.sampled_from(YES_NO))  # fmt: skip
def test_accents_and_joiners_never_turn_a_yes_into_a_no(text: str, marks: list[str], question: str) -> None:
    assert read(accented(text, marks), question) != "no"


@given(st.text(max_size=200), st.sampled_from(PLACES))
def test_no_text_raises_in_spanish(text: str, question: str | None) -> None:
    assert understand(protocol(), text, question, "es").kind in Kind


def test_a_long_text_is_read_to_its_limit_only() -> None:
    assert hear("a" * 5000 + " my chest hurts", "heart").kind is Kind.unclear


# The words themselves.


def test_the_words_of_the_line_have_no_fault() -> None:
    assert not any(word_faults(protocol(), texts) for texts in protocol().languages.values())


def test_a_protocol_without_words_is_told_every_table() -> None:
    bare = replace(protocol().languages["en"], words={})
    assert any('"signs" is missing' in fault for fault in word_faults(protocol(), bare))


def test_a_stop_word_that_is_also_an_answer_is_a_fault() -> None:
    texts = protocol().languages["en"]
    signs = {**texts.words["signs"], "made_up": ["x"]}
    words = {**texts.words, "yes": [*texts.words["yes"], "stop"], "signs": signs}
    faults = "\n".join(word_faults(protocol(), replace(texts, words=words)))
    assert re.search(r'"stop" stands in opt_out and in yes', faults)
    assert 'no fact "made_up"' in faults


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    "words",
    ["stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe", "stopall", "optout",
     "please stop texting me", "no mas", "leave me alone"],
)  # fmt: skip
def test_every_reasonable_word_for_stop_is_one_in_each_language(
    protocol: Protocol, words: str, language: str
) -> None:
    """The list is TELEPHONY's: revocation by any reasonable means."""
    assert understand(protocol, words, None, language).kind is Kind.opt_out
