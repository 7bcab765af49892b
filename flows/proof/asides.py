"""Two signs in one text: both count, and the text that wins is the stated one. And whoever is never
understood is told to be seen before long.

Both are driven from the real words through the real engine. May not: look at answers (`flags`)."""

from itertools import combinations

from flows.engine import begin
from flows.heard import Heard, Kind
from flows.proof.finding import Said, answered, taken, transcript
from flows.proof.inputs import NOT_UNDERSTOOD, Inputs
from flows.proof.straight import Node, Straight, end_of
from flows.protocol import Flag, Level, Medium, Protocol
from flows.session import Stage

ASKED_FOR = frozenset({"nausea"})  # counts beside a number only, so no text tells it
MOST_UNREAD = 6  # replies of somebody who is never understood: three misses, and as many in the next question
Broken = tuple[str, ...] | None


def two_signs(protocol: Protocol) -> tuple[int, Broken]:
    """Every two emergency flags told at once: the text is the first of the two in the oracle's order."""
    inputs = Inputs(protocol, next(iter(protocol.languages)))
    order = [text for text, _ in protocol.oracle.texts.get(Level.emergency_now, ())]
    urgent = [flag for flag in protocol.flags if flag.level is Level.emergency_now and _by_signs(flag)]
    checked = 0
    for one, other in combinations(urgent, 2):
        facts = {test.fact for test in (*one.told, *other.told)}
        texts = {flag.text for flag in urgent if {test.fact for test in flag.told} <= facts}
        text = next((text for text in order if text in texts), None)
        said = _together(inputs, sorted(facts))
        session, _ = taken(protocol, begin(protocol, inputs.language, Medium.sms).session, said)
        checked += 1
        if session.level is not Level.emergency_now or session.text != text:
            why = (
                f"{one.id} and {other.id} at once are told with {text}: told with {session.text or 'nothing'}"
            )
            return checked, transcript(protocol, inputs.language, [said], why)
    return checked, None


def _by_signs(flag: Flag) -> bool:
    return all(test.op == "is" and test.value is True and test.fact not in ASKED_FOR for test in flag.told)


def _together(inputs: Inputs, facts: list[str]) -> Said:
    """The signs in one text, as the tables hear it; where they hear more or less, as it should be heard."""
    text = ". ".join(inputs.phrase(fact) for fact in facts)
    heard = inputs.sayings.hear(None, text)
    if heard.kind is not Kind.danger or set(heard.signs) != set(facts):
        heard = Heard(Kind.danger, signs=tuple(facts))
    return Said(Medium.sms, text, heard)


def unread(straight: Straight) -> tuple[int, Broken]:
    """Misses up to the limit at each question set at least the oracle's floor; and misses alone end soon."""
    protocol, language = straight.protocol, straight.language
    first: dict[str, Node] = {}
    for node in straight.nodes:
        first.setdefault(node.question.id, node)
    inputs, checked = Inputs(protocol, language), 0
    for node in first.values():
        floor = protocol.oracle.unknown.get(node.question.id, Level.clinician_soon)
        heard = inputs.sayings.hear(node.question, NOT_UNDERSTOOD[0])
        said = Said(Medium.sms, NOT_UNDERSTOOD[0], heard)
        session, times, end = node.session, 0, None
        while session.stage is Stage.asking and times < MOST_UNREAD:
            session, effects = taken(protocol, session, said)
            times, end, checked = times + 1, end_of(session, effects), checked + 1
            if session.asked != node.session.asked and session.floor < floor:
                break
        path = [*answered(protocol, language, node.path()), *[said] * times]
        if session.stage is Stage.asking and session.floor >= floor:
            why = f"{times} replies that are not understood do not end the questions"
            return checked, transcript(protocol, language, path, why)
        if max(session.floor, end.level if end else Level.self_care) < floor:
            why = f'"{node.question.id}" was never understood, so {floor.name} is the least'
            return checked, transcript(protocol, language, path, why)
    return checked, None
