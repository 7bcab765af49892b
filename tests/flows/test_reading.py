"""How hard a sentence is, and how long it takes to say; and that the line's own are easy and short."""

import pytest

from flows.protocol import Protocol
from flows.reading import grade, spoken_s, syllables
from flows.wording import longest


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("pain", 1),
        ("numb", 1),
        ("weakness", 2),
        ("doctor", 2),
        ("bladder", 2),
        ("emergency", 4),
        ("please", 1),
        ("x", 1),
    ],
)
def test_syllables_of_everyday_words(word: str, count: int) -> None:
    assert syllables(word) == count


def test_short_words_are_easier_than_long_ones() -> None:
    assert grade("Go to an ER now.") < grade("Immediately present yourself at an emergency department.")
    assert grade("") == 0.0


def test_each_digit_and_each_word_takes_its_time() -> None:
    assert spoken_s("one two three four five") == 2.0
    assert spoken_s("9 1 1") == spoken_s("911") == pytest.approx(1.2)
    assert spoken_s("") == 0


def test_no_spoken_prompt_of_the_line_is_over_thirty_seconds(protocol: Protocol) -> None:
    for texts in protocol.languages.values():
        for text in texts.texts.values():
            if text.voice:
                assert spoken_s(longest(protocol, text.voice)) <= 30, text.key


def test_the_questions_and_dispositions_read_at_about_the_sixth_grade(protocol: Protocol) -> None:
    texts = protocol.languages["en"].texts
    keys = [question.text for question in protocol.questions if texts[question.text].voice]
    keys += [c.text for disposition in protocol.dispositions.values() for c in disposition.texts]
    hard = {key: grade(texts[key].voice or "") for key in keys if grade(texts[key].voice or "") > 7}
    assert hard == {}
