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


# language | question | text | what it must never be read as (a reading, or its value): found by a review
NEVER = """
es | heart | no tengo aire | no
es | heart | no hay aire | no
es | heart | no es dolor es presion en el pecho | no
es | vessel | no siento la cara | no
es | vessel | no hablo bien | no
es | saddle | no tengo control | no
es | saddle | no voy al baño bien | no
en | saddle | no control | no
en | saddle | i have no control | no
en | saddle | no had an accident in my pants | no
en | pregnant | no baby hasn't moved | no
es | pregnant | no siento nada | no
en | limbs | 1 leg | 1
en | limbs | just 1 leg | 1
en | limbs | 1 of my legs | 1
en | limbs | 1? | 1
es | limbs | 1 pierna | 1
en | limbs | legs are fine not | 1
en | fever | i feel fine not | 1
en | heart | no i had that today | no
en | heart | no i have them | no
en | heart | no all of these | no
en | heart | no there is | no
en | heart | not no | no
en | heart | wouldnt say no | no
en | heart | no never like this | no
es | heart | nunca como hoy | no
es | heart | ya no | no
es | heart | no no | optout
en | - | how do i stop the bleeding | optout
en | time | over 7 days | 2
en | time | more than 3 days | 1
es | time | mas de 3 dias | 1
en | time | 200 hours | 1
en | time | over a week and better at night only | 3
en | time | over a week and better at night only | 2
en | fever | no fever now | 1
es | fever | sin fiebre ahora | 1
en | pain | 1 of the worst pains ever | 1
en | pain | 1 0 | 1
en | pain | not 0 | 0
en | pain | on a scale of 1 to 10 its a 9 | 10
es | pain | del 1 al 10 un 9 | 10
en | checkin | its not getting any better | 1
en | checkin | nothing is better | 1
en | checkin | better? no | 1
es | checkin | nada bien | 1
en | relief | yes it hurts | yes
en | relief | yeah right | yes
en | - | i am thinking about hanging myself | unrecognised
en | - | i overdosed on purpose | help
en | - | wish i didnt wake up | unrecognised
en | - | i want it all to be over | unrecognised
en | - | goodbye forever | unrecognised
es | - | me quiero ahorcar | unrecognised
es | - | preferiria estar muerta | unrecognised
es | - | me tome un frasco de pastillas para morirme | unrecognised
en | - | STOP please my back is fine | unrecognised
en | - | stop im better | unrecognised
en | - | block me | unrecognised
"""


@pytest.mark.parametrize(
    "row", [line.split("|") for line in NEVER.strip().splitlines()], ids=lambda row: row[2]
)
def test_a_text_is_never_read_so(row: list[str]) -> None:
    language, question, text, never = map(str.strip, row)
    found = report(understand(PROTOCOL, text, None if question == "-" else question, language))
    assert never not in (found["reading"], str(found["value"]))
