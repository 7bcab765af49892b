"""Spanish: what people text and what the line makes of it, what the line says and how it reads, and how a
person gets from one language to the other."""

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.answers import report, understand
from flows.effects import Ask, Tell
from flows.heard import Heard, Kind
from flows.lexicon import lexicon
from flows.load import load
from flows.protocol import NO, YES, Level, Medium, Protocol, Text
from flows.reading import PLAIN_GRADE, ease_es, grade_es, syllables_es
from flows.segments import segments
from flows.tongues import hear
from flows.tongues import listen as hear_aloud
from flows.wording import longest
from hotline.reports import every_text
from hotline.settings import PROTOCOL_FOLDER
from tests.flows.talk import Talk

DATA = Path(__file__).parents[1] / "data"
SAMPLE = json.loads((DATA / "utterances.sample.json").read_text(encoding="utf-8"))
REPLIES = (DATA / "spanish.replies.txt").read_text(encoding="utf-8").splitlines()[1:]
YES_NO = ("heart", "vessel", "saddle", "pregnant")


@cache
def line() -> Protocol:
    return load(PROTOCOL_FOLDER)


def listen(text: str, question: str | None = None) -> Heard:
    return understand(line(), text, question, "es")


def words_of(text: str, question: str) -> set[str]:
    """The kind, the reading, its value and its signs, as words."""
    heard = listen(text, None if question == "-" else question)
    told = report(heard)
    return {heard.kind.value, str(told["reading"]), str(told["value"]), *told["signs"]}


# What people text.


@pytest.mark.parametrize("reply", REPLIES)
def test_a_spanish_reply_is_read_as_it_is_meant(reply: str) -> None:
    question, text, told = reply.split(" | ")
    words = words_of(text, question)
    if told.startswith("!"):
        assert not set(told[1:].split()) & words
    else:
        assert set(told.split()) <= words


@pytest.mark.parametrize(
    "case", [case for case in SAMPLE if case["language"] == "es"], ids=lambda case: case["text"]
)
def test_each_spanish_reply_of_the_sample_gets_an_acceptable_reading(case: dict[str, str]) -> None:
    reading = report(listen(case["text"], case["question"]))["reading"]
    assert reading in case["acceptable"]
    assert reading not in case["forbidden"]


NOES = ["no", "nada", "ninguno", "no, gracias", "para nada", "nada de eso", "claro que no"]
# Each begins a statement of its own: "no me duele el pecho" and "no tengo dormida la ingle" are denials.
DANGERS = ["el pecho me duele", "no puedo orinar", "no siento las piernas", "llamen una ambulancia",
           "no puedo respirar", "la ingle la tengo dormida", "mi pierna no responde"]  # fmt: skip


@given(st.sampled_from(NOES), st.sampled_from([" pero ", ". ", ", ", " y ", " ", "! "]),
       st.sampled_from(DANGERS), st.booleans(), st.sampled_from(YES_NO))  # fmt: skip
def test_a_no_with_a_danger_statement_is_never_a_plain_no(
    no: str, joint: str, danger: str, first: bool, question: str
) -> None:
    heard = listen(joint.join((danger, no) if first else (no, danger)), question)
    assert heard.value != NO
    assert heard.reading != "no"


VOCABULARY = sorted(lexicon(load(PROTOCOL_FOLDER).languages["es"]).spelling.words)


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(VOCABULARY), max_size=12),
    st.sampled_from([*YES_NO, "limbs", "pain", "age", None]),
)
def test_no_row_of_known_words_raises(words: list[str], question: str | None) -> None:
    assert listen(" ".join(words), question).kind in Kind


@pytest.mark.parametrize("text", ["sí", "SÍ", "Sí.", "¡sí!", "si", "S", "S I"])
@pytest.mark.parametrize("question", YES_NO)
def test_a_yes_with_or_without_its_accent_is_yes(text: str, question: str) -> None:
    assert listen(text, question).value == YES


# What the line says.

IN_TWO_PARTS = {"ask_risks": "eight kinds of risk, each of which changes the level, do not fit one part"}
CAPITALS = re.compile(r"\b[A-ZÁÉÍÓÚÑ]{3,}(?: SIN MENSAJE)?\b|\bNO SÉ\b")
SHOUTED = {"EMERGENCIA", "HOY", "ZIP", "EMG", "SALTAR"}  # SALTAR: the ZIP question is not asked yet
WITHOUT_ACCENT = re.compile(
    r"\b(mas|dia|dias|numero|clinica|aqui|ahi|medico|sintoma|frio|caida|tambien|corazon|riñon|infeccion|operacion|"
    r"inyeccion|cancer|debil|debiles|dificil|facil|ultimo|ultima|unico|despues|ingles|telefono|inflamacion|tension|"
    r"oir|rapido|estomago|ulcera|quiropractico|bebe|cayo|podra|llamara)\b",
    re.IGNORECASE,
)


def spanish() -> dict[str, Text]:
    return dict(line().languages["es"].texts)


def said_in_spanish() -> list[str]:
    return [
        words
        for text in spanish().values()
        for words in (text.sms, text.voice)
        if words and not text.spoken_in
    ]


def test_a_spanish_text_is_one_part_or_at_most_134_units_of_ucs_2() -> None:
    costly = {}
    for key, text in spanish().items():
        size = segments(longest(line(), text.sms or ""))
        if not (size.encoding == "GSM-7" and size.count == 1) and size.units > 134:
            costly[key] = size.count
    assert costly == dict.fromkeys(IN_TWO_PARTS, 2)


def test_no_spanish_word_lost_the_accent_that_it_needs() -> None:
    assert [found for words in said_in_spanish() for found in WITHOUT_ACCENT.findall(words)] == []


def test_each_keyword_that_a_spanish_text_names_is_understood() -> None:
    named = {word for text in spanish().values() for word in CAPITALS.findall(text.sms or "")} - SHOUTED
    named -= {"NO SÉ", "NO PROBÉ", "PROBÉ"}
    assert named >= {
        "ESPALDA",
        "NUEVO",
        "IGUAL",
        "SIGA",
        "UNIRME",
        "STOP",
        "START",
        "AYUDA",
        "CONSEJOS",
        "LLAMAR",
    }
    assert {word for word in named if listen(word).kind is Kind.unclear} == set()


@pytest.mark.parametrize("question", YES_NO)
def test_the_answers_that_a_question_names_are_its_answers(question: str) -> None:
    assert "S, N o NO SÉ" in (spanish()[f"ask_{question}"].sms or "")
    assert [listen(word, question).kind for word in ("S", "N", "NO SÉ")] == [
        Kind.answer,
        Kind.answer,
        Kind.unsure,
    ]
    assert (listen("S", question).value, listen("N", question).value) == (YES, NO)


def test_not_tried_is_no_relief() -> None:
    assert listen("NO PROBÉ", "relief").value == NO


def test_every_sentence_reads_at_the_sixth_grade_or_below() -> None:
    """Spanish: an ease of 80 or more (Fernandez-Huerta), which is the same."""
    hard = [
        (row["key"], row["language"], row["grade"])
        for row in every_text(line())
        if row["grade"] > PLAIN_GRADE
    ]
    assert hard == []


def test_the_measure_tells_plain_spanish_from_learned_spanish() -> None:
    assert [syllables_es(word) for word in ("día", "quiere", "guía", "también", "baúl", "rey", "yo")] == [
        2,
        2,
        2,
        2,
        2,
        1,
        1,
    ]
    assert ease_es("Llame ya. No maneje.") > 90
    assert grade_es("Llame ya. No maneje.") < PLAIN_GRADE
    assert ease_es("La radiculopatía lumbosacra requiere valoración neuroquirúrgica inmediata.") < 20
    assert ease_es("") == 100.0


# From one language to the other.


def keys_told(talk: Talk) -> list[str]:
    return [effect.text for effect in talk.effects if isinstance(effect, Tell | Ask)]


def send(talk: Talk, text: str) -> list[str]:
    """One text of this person, read as the line reads it."""
    question = talk.question.id if talk.asked else None
    first = talk.session.encounter == 0
    return talk.take(hear(talk.protocol, text, question, talk.session.language, first=first))


def test_key_two_at_the_greeting_goes_to_spanish_and_on_a_spanish_call_back_to_english() -> None:
    caller = Talk(line(), Medium.voice)
    caller.hear(Kind.call_began)
    assert caller.key("2")[0] == "LANG_SET"
    assert (caller.session.language, caller.asked) == ("es", "heart")
    caller.finish()
    caller.hear(Kind.hung_up)
    caller.at += 3 * 3600
    assert caller.hear(Kind.call_began) == ["WELCOME", "MENU_SPANISH", "MENU"]
    assert caller.session.language == "es", "remembered for the next call"
    assert spanish()["MENU_SPANISH"].spoken_in == "en-US"
    caller.key("2")
    assert caller.session.language == "en"


def test_a_change_of_language_in_mid_question_loses_no_answer() -> None:
    texter = Talk(line())
    texter.start()
    texter.go_to("limbs")
    before = texter.session
    assert send(texter, "ES") == ["LANG_SET", "ask_limbs"]
    assert texter.session.language == "es"
    assert send(texter, "EN") == ["LANG_SET", "ask_limbs"]
    changed = replace(texter.session, asked_at=before.asked_at, stuck=0, stuck_by="", stuck_at=0)
    assert replace(changed, texts=before.texts) == before
    send(texter, "español")
    assert texter.finish(limbs=2)[0] == "C"
    assert texter.session.language == "es"


@pytest.mark.parametrize(
    "text", ["hola me duele la espalda", "ESPALDA", "tengo dolor en la cintura", "buenas tardes"]
)
def test_a_first_text_in_spanish_is_answered_in_spanish_at_once_with_one_line_that_offers_english(
    text: str,
) -> None:
    texter = Talk(line())
    said = send(texter, text)
    assert (said[0], said[-1]) == ("LANG_CHOICE", "ask_heart")
    assert texter.session.language == "es"


def test_a_first_text_in_english_stays_english_and_a_mixed_one_gets_the_line() -> None:
    english, mixed = Talk(line()), Talk(line())
    assert "LANG_CHOICE" not in send(english, "hi my back hurts")
    assert send(mixed, "hola my espalda hurts")[0] == "LANG_CHOICE"
    assert (english.session.language, mixed.session.language) == ("en", "en")


def test_an_emergency_in_a_first_spanish_text_is_answered_in_spanish_and_nothing_stands_before_it() -> None:
    texter = Talk(line())
    assert send(texter, "no puedo respirar y me duele el pecho")[0] == "E_911"
    assert (texter.session.language, texter.session.level) == ("es", Level.emergency_now)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "se me escapa la orina desde ayer"),
        ("es", "i cant feel when i wipe since yesterday, my legs are numb"),
    ],
)
def test_a_sign_told_in_the_other_language_is_heard(language: str, text: str) -> None:
    texter = Talk(line())
    texter.start()
    texter.session = replace(texter.session, language=language)
    send(texter, text)
    assert texter.session.level is Level.emergency_now
    assert texter.session.language == language


@pytest.mark.parametrize("words", ["I fell off a ladder", "no but I fell off a ladder"])
@pytest.mark.parametrize("aloud", [True, False])
def test_a_sign_without_a_word_of_one_language_only_is_heard_in_the_other(words: str, *, aloud: bool) -> None:
    """Nothing tells that it is English, and in Spanish it is nothing."""
    question = "heart"
    heard = hear_aloud(line(), words, question, "es") if aloud else hear(line(), words, question, "es")
    assert heard.signs == ("trauma_major",)


def test_an_answer_in_the_other_language_counts_and_the_languages_are_named() -> None:
    texter = Talk(line())
    texter.start()
    assert send(texter, "pues ninguno de esos problemas, estoy bien") == ["LANG_CHOICE", "ask_vessel"]
