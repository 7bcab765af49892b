"""Both languages in one conversation: what only one of them knows is told, what it denies is not."""

import pytest

from flows import tongues
from flows.heard import Heard, Kind
from flows.protocol import YES, Protocol
from flows.session import Stage
from flows.tongues import hear
from tests.flows.talk import E, Talk
from tests.flows.test_told_beside import say


def test_what_a_phone_wrote_is_not_read_by_the_words_of_another_language(protocol: Protocol) -> None:
    words = "I'm driving right now and can't answer. In an emergency call 911."
    assert hear(protocol, words, "fever", "en").kind is Kind.unclear


@pytest.mark.parametrize(
    ("words", "sign"),
    [("perdí el control de la vejiga", "bladder"), ("tengo adormecida la ingle", "saddle")],
)
def test_a_sign_in_the_other_language_is_heard_aloud(caller: Talk, words: str, sign: str) -> None:
    caller.go_to("pain")
    say(caller, words)
    assert caller.session.stage is Stage.confirming
    caller.key("1")
    assert caller.session.level == E, sign


def test_a_sign_in_english_is_heard_in_a_spanish_call(caller: Talk) -> None:
    caller.go_to("fever")
    caller.session = caller.session.changed({"language": "es"})
    say(caller, "I was in a car crash")
    assert caller.session.stage is Stage.confirming


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    ("words", "signs"),
    [
        ("me duele mucho, tengo la pierna dormida and I peed myself", 2),
        ("tengo fiebre y my groin is numb", 2),
    ],
)
def test_of_a_text_in_two_languages_no_sign_is_lost(
    protocol: Protocol, language: str, words: str, signs: int
) -> None:
    assert len(hear(protocol, words, "pain", language).signs) >= signs


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("I fell off a ladder. maybe I fainted", "es"),  # the doubt is read in both, the sign in one
        ("two, I lost weight", "es"),  # an answer in both
        ("no, perdi peso sin querer", "en"),
    ],
)
def test_a_sign_that_only_the_other_language_knows_is_told(
    protocol: Protocol, words: str, language: str
) -> None:
    for heard in (hear(protocol, words, "limbs", language), listen_in(protocol, words, language)):
        assert set(heard.signs) & {"trauma_major", "weight_loss"}


def listen_in(protocol: Protocol, words: str, language: str) -> Heard:
    return tongues.listen(protocol, words, "limbs", language)


@pytest.mark.parametrize(
    ("words", "question", "language"),
    [
        ("no me duele el pecho", "limbs", "es"),
        ("no, puedo caminar", "limbs", "es"),
        ("never passed out", "vessel", "en"),
        ("no me cai", "injury", "es"),
    ],
)
def test_what_one_language_denies_is_not_told_in_the_other(
    protocol: Protocol, words: str, question: str, language: str
) -> None:
    assert not hear(protocol, words, question, language).signs
    assert not tongues.listen(protocol, words, question, language).signs


def test_words_of_self_harm_are_heard_in_the_other_language_too(protocol: Protocol) -> None:
    assert hear(protocol, "me voy a matar", None, "en").kind is Kind.self_harm
    assert hear(protocol, "no reason to live", None, "es").kind is Kind.self_harm


@pytest.mark.parametrize(
    ("words", "language"),
    [
        *(
            ("four kids", "en"),
            ("two kids", "en"),
            ("I never passed out", "en"),
            ("both legs are fine", "en"),
        ),
        *(
            ("cuatro hijos", "es"),
            ("me muero de hambre", "es"),
            ("uso la escalera", "es"),
            ("no me caí", "es"),
        ),
    ],
)
def test_harmless_words_are_no_sign_in_the_other_language(
    protocol: Protocol, words: str, language: str
) -> None:
    for heard in (
        hear(protocol, words, "limbs", language),
        tongues.listen(protocol, words, "limbs", language),
    ):
        assert not heard.signs and not heard.mask


@pytest.mark.parametrize(
    ("words", "question", "language", "mask"),
    [
        ("así es", "saddle", "en", YES),
        ("débil", "limbs", "en", 8),
        ("I do", "heart", "es", YES),
        ("weak", "limbs", "es", 8),
        ("empeora rápido y se me duerme", "limbs", "en", 16),
        ("worse fast, numb too", "limbs", "es", 16),
        ("así es, me caí", "saddle", "en", YES),
        # A number beside it counts something, and takes nothing away.
        ("dos de esas", "heart", "en", YES),
        ("weak one", "limbs", "es", 8),
        ("sure do one time", "saddle", "es", YES),
    ],
)
def test_a_plain_answer_that_only_the_other_language_reads_is_kept(
    protocol: Protocol, words: str, question: str, language: str, mask: int
) -> None:
    assert hear(protocol, words, question, language).mask == mask
    assert tongues.listen(protocol, words, question, language).mask == mask


@pytest.mark.parametrize(
    ("words", "language", "sign"),
    [
        ("my leg is numb y me caí del techo", "en", "trauma_major"),
        ("tengo la pierna dormida and my groin is numb", "es", "saddle_numbness"),
        ("no wait I had a fever", "es", "fever_chills"),
    ],
)
def test_of_a_mixed_text_the_lesser_language_is_told_or_asked_about(
    protocol: Protocol, words: str, language: str, sign: str
) -> None:
    heard = hear(protocol, words, "limbs", language)
    assert sign in (*heard.signs, *heard.doubts)


def test_a_no_in_words_of_its_own_leaves_no_doubt_in_the_other_language(protocol: Protocol) -> None:
    assert not hear(protocol, "no me duele el pecho", "limbs", "es").doubts
    assert hear(
        protocol, "never passed out", "vessel", "en"
    ).doubts  # of no language's own words: asked about
