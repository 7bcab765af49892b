"""Whatever was heard in doubt is asked about before the questions end, however it was said."""

import pytest

from flows.heard import Kind
from flows.protocol import Medium, Protocol
from flows.speech import listen
from tests.flows.talk import HOUR, MIN, Talk, U

GROIN, CHEST = "saddle_numbness", "chest_pain_or_breathless"


@pytest.fixture
def texter(protocol: Protocol) -> Talk:
    talk = Talk(protocol)
    talk.start()
    return talk


def test_two_doubts_in_one_text_are_both_asked_about(texter: Talk) -> None:
    texter.go_to("injury")
    assert texter.hear(Kind.doubt, doubts=(CHEST, GROIN)) == ["MIXED", "ask_heart"]
    assert texter.reply("no") == ["ask_saddle"]
    assert texter.reply("yes") == ["E_SPINE"]


def test_a_doubt_beside_a_plain_sign_is_asked_about(texter: Talk) -> None:
    texter.go_to("injury")
    texter.hear(Kind.danger, signs=("night_pain",), doubts=(GROIN,))
    assert texter.reply(1) == ["ask_saddle"]


@pytest.mark.parametrize("kind", [Kind.help, Kind.person, Kind.abuse, Kind.call, Kind.join])
def test_a_doubt_beside_a_keyword_is_asked_about(texter: Talk, kind: Kind) -> None:
    texter.go_to("injury")
    texter.hear(kind, doubts=(GROIN,))
    assert texter.reply(1) == ["ask_saddle"]


def test_a_doubt_outside_the_questions_starts_them(protocol: Protocol) -> None:
    talk = Talk(protocol)
    assert talk.hear(Kind.person, doubts=(GROIN,)) == ["NO_STAFF", "WELCOME", "ask_heart"]


def test_a_doubt_cleared_up_by_a_no_changes_nothing(texter: Talk) -> None:
    texter.go_to("injury")
    texter.hear(Kind.help, doubts=(GROIN,))
    texter.reply(1)
    assert texter.reply("no") == ["ask_fever"]


def test_a_doubt_and_then_silence_is_a_task_for_staff(texter: Talk) -> None:
    texter.go_to("injury")
    texter.hear(Kind.doubt, doubts=(GROIN,))
    texter.hear(Kind.waited, after_s=11 * MIN)
    texter.hear(Kind.waited, after_s=HOUR)
    assert texter.owed() == [("unfinished", U)]


def test_a_late_not_sure_puts_the_question_before_in_doubt(texter: Talk) -> None:
    texter.go_to("limbs")
    assert texter.hear(Kind.unsure, late=True, after_s=1) == ["ask_limbs"]
    assert texter.reply(1) == ["ask_saddle"]


def test_a_yes_after_the_time_out_is_not_lost(texter: Talk) -> None:
    texter.go_to("saddle")
    texter.hear(Kind.waited, after_s=11 * MIN)
    texter.hear(Kind.waited, after_s=HOUR)
    assert texter.hear(Kind.answer, 2, after_s=5 * MIN) == ["E_SPINE"]


@pytest.mark.parametrize("kind", [Kind.help, Kind.join, Kind.advice, Kind.for_other, Kind.start])
def test_a_keyword_hours_later_does_not_revive_the_old_question(texter: Talk, kind: Kind) -> None:
    texter.go_to("saddle")
    said = texter.hear(kind, after_s=5 * HOUR)
    assert said[-2:] == ["EXPIRED", "ask_heart"] and "ask_saddle" not in said


@pytest.mark.parametrize("medium", [Medium.sms, Medium.voice])
def test_who_takes_back_a_no_and_leaves_is_owed_a_call(protocol: Protocol, medium: Medium) -> None:
    """ "I meant yes", and then nothing: the question before was not asked again yet, but its no is none."""
    talk = Talk(protocol, medium)
    talk.start()
    talk.go_to("limbs")
    assert talk.hear(Kind.correction) == ["NOT_UNDERSTOOD", "ask_saddle"]
    if medium is Medium.voice:
        talk.hear(Kind.hung_up)
    else:
        talk.hear(Kind.waited, after_s=11 * MIN)
        talk.hear(Kind.waited, after_s=HOUR)
    assert [level for _, level in talk.owed()] == [U]


def test_a_no_that_stands_after_all_is_in_doubt_no_more(texter: Talk) -> None:
    texter.go_to("limbs")
    texter.hear(Kind.correction)
    assert texter.reply("no") == ["ask_limbs"]
    assert not texter.session.doubted


@pytest.mark.parametrize("words", ["yes and maybe I have osteoporosis", "yes and maybe call an ambulance"])
def test_a_yes_heard_unsurely_beside_a_doubt_puts_its_question_in_doubt(
    protocol: Protocol, words: str
) -> None:
    """Who hangs up on "I did not understand" may have said yes to chest pain."""
    talk = Talk(protocol, Medium.voice)
    talk.start()
    said = talk.take(listen(protocol, talk.session, words, 0.2, 0.5))
    assert said == ["MIXED" if "ambulance" in words else "NOT_UNDERSTOOD", "ask_heart"]
    talk.hear(Kind.hung_up)
    assert [level for _, level in talk.owed()] == [U]
