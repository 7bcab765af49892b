"""What people really text, one line for each thing that the reader promises: what it may be read as."""

from pathlib import Path

import pytest

from flows.answers import report, understand
from flows.load import load

PROTOCOL = load(Path(__file__).parents[2] / "flows" / "back_pain")

# question | text | the readings that it may have | the value, where it is a number or choice
SAID = """
heart | nope | no
heart | kinda | unsure
heart | no but my leg is numb | emergency_statement
pain | pain 7/10 goes to 9 | number | 9
heart | 👍 | unsure unrecognised
heart | yes!! | yes
heart | N O | no
heart | nooo | no
heart | n0 | unrecognised unsure
heart | defintely | yes unrecognised unsure
pain | 7/10 | number | 7
pain | about 6 | number | 6
pain | between 7 and 8 | number | 8
pain | ten!! | number | 10
age | 45 yrs | number | 45
time | 2 wks | menu_choice | 4
time | since monday | unsure unrecognised menu_choice
limbs | 2 | menu_choice | 2
limbs | three | menu_choice | 3
limbs | both sides | menu_choice emergency_statement | 4
risks | 1,4 | menu_choice | [1, 4]
risks | 14 | menu_choice | [1, 4]
risks | 2 and 7 | menu_choice | [2, 7]
risks | none | menu_choice | []
heart | Liked “Any today? Chest pain or tightness” | unrecognised
heart | I'm driving with Do Not Disturb While Driving turned on. I'll see your message later. | unrecognised
heart | no no yes | unrecognised unsure
heart | no 8 | unrecognised unsure
- | i want to die | self_harm
pain | END it all | self_harm
- | chest pain | emergency_statement
- | can't breathe | emergency_statement
- | can't feel between my legs | emergency_statement
- | can't pee | emergency_statement
- | leg gave way | emergency_statement
- | passed out | emergency_statement
heart | no chest pain | no
heart | my dad had a heart attack | unsure unrecognised emergency_statement
heart | chest pain last year | unsure unrecognised emergency_statement
heart | what if i get chest pain | unsure unrecognised emergency_statement help
heart | help | help
- | stop texting me | optout
- | take me off this list | optout
- | please no more messages | optout
pain | pain won't stop | unrecognised unsure emergency_statement
limbs | stop asking about my legs | unrecognised unsure
time | cancel my appointment | unrecognised unsure
"""
SAID_IN_SPANISH = """
heart | a veces | unsure
heart | sí | yes
heart | para nada | no
pain | siete | number | 7
pain | 7 de 10 | number | 7
heart | no, pero tengo la pierna dormida | emergency_statement
- | me duele el pecho | emergency_statement
- | ya no quiero vivir | self_harm
- | no me manden más mensajes | optout
pain | el dolor no para | unsure unrecognised emergency_statement
"""


def rows(language: str, said: str) -> list[tuple[str, ...]]:
    return [(language, *map(str.strip, line.split("|"))) for line in said.strip().splitlines()]


@pytest.mark.parametrize("row", rows("en", SAID) + rows("es", SAID_IN_SPANISH), ids=lambda row: row[2])
def test_a_text_is_read_as_it_may_be(row: tuple[str, ...]) -> None:
    language, question, text, readings, *value = row
    found = report(understand(PROTOCOL, text, None if question == "-" else question, language))
    assert found["reading"] in readings.split()
    if value and found["reading"] in ("number", "menu_choice"):
        assert str(found["value"]) == value[0]
