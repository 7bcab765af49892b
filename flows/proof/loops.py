"""Two machines never text each other for ever: whatever one text is sent back to whatever the line says, the
line falls silent, told safe words before; and a person who then says something is heard.

Each text goes through the real tables and the real engine, from the first one on. May not: look at levels."""

from collections.abc import Iterator, Sequence
from itertools import cycle, permutations, product

from flows.effects import Ask, Effect, OptOut, Tell
from flows.engine import Moment, advance, at_text, begin
from flows.heard import Heard, Kind
from flows.lexicon import WHOLE
from flows.proof.asides import Broken
from flows.proof.inputs import NOT_UNDERSTOOD, Inputs
from flows.proof.straight import BASE
from flows.protocol import Medium, Protocol, Question
from flows.session import Session, Stage

MOST = 150  # replies: more than any contact gets in a day
FEW = 25  # replies to one text over and over: the answers that it is, and the misses behind them
SIGNS = ("chest_pain_or_breathless", "urinary_retention")  # one of them is not what was told over and over
PAUSES_S = (20, 700)  # between two texts: at once, and after the nudge


def ever(protocol: Protocol) -> tuple[int, Broken]:
    """Every text over and over, in every language; how many replies were driven, and the first that never
    ends."""
    checked = 0
    for language in protocol.languages:
        inputs = Inputs(protocol, language)
        for text, pause_s in product(_texts(inputs), PAUSES_S):
            rounds, session, told = _rally(inputs, (text,), pause_s)
            checked += rounds
            if rounds > (MOST if _goes_on(inputs, text) else FEW):
                return checked, (*told[-12:], f'= "{text}" again and again is answered {rounds} times')
            if not _still_hears(inputs.protocol, session):
                return checked, (*told[-12:], f'= after "{text}" so often, another sign is not heard')
        for pair in permutations(_keywords(inputs), 2):
            rounds, _, told = _rally(inputs, pair, PAUSES_S[0])
            checked += rounds
            if rounds >= MOST:
                return checked, (*told[-12:], f'= "{pair[0]}" and "{pair[1]}" in turn go on for ever')
    return checked, None


def _texts(inputs: Inputs) -> Iterator[str]:
    """Unreadable texts, digits, and the first word of each table that a reply may consist of."""
    yield from NOT_UNDERSTOOD
    yield from map(str, range(10))
    yield ""
    words = inputs.protocol.languages[inputs.language].words
    for table in ("yes", "no", "unsure", "assent", *WHOLE):
        if words.get(table):
            yield inputs.plain(str(words[table][0]))
    for listed in words.get("languages", {}).values():
        yield str(listed[0])
    for fact in words.get("signs", {}):
        yield inputs.phrase(str(fact))
    for table in ("automatic", "person_said", "poison", "abuse", "for_other", "wrong_number"):
        if words.get(table):
            yield inputs.plain(str(words[table][0]))


def _keywords(inputs: Inputs) -> list[str]:
    """Texts that in turn could go on where one alone does not."""
    words = inputs.protocol.languages[inputs.language].words
    tables = ("yes", "no", "unsure", "help", "person", "back", "new", "advice", "thanks", "join", "call")
    return [
        NOT_UNDERSTOOD[0],
        "911",
        *(inputs.plain(str(words[table][0])) for table in tables if words.get(table)),
    ]


def _goes_on(inputs: Inputs, text: str) -> bool:
    """Whether this text answers any question, so that the questions go on to their end."""
    asked = inputs.protocol.questions
    return all(inputs.sayings.hear(question, text).kind is Kind.unsure for question in asked[:3])


def _rally(inputs: Inputs, texts: Sequence[str], pause_s: float) -> tuple[int, Session, list[str]]:
    """How often the line answers these texts in turn, the session at its silence, and what was said."""
    session, out, told = begin(inputs.protocol, inputs.language, Medium.sms).session, False, list[str]()
    for number, text in zip(range(MOST), cycle(texts)):
        moment = Moment(BASE + number * pause_s, opted_out=out)
        heard = inputs.sayings.hear(_asked(inputs.protocol, session), text)
        turn = advance(inputs.protocol, at_text(session), heard, moment)
        session, out = turn.session, out or any(isinstance(effect, OptOut) for effect in turn.effects)
        if not any(isinstance(effect, Tell | Ask) for effect in turn.effects):
            return number, session, told
        told += [f"> {text}", *_said(turn.effects)]
    return MOST, session, told


def _asked(protocol: Protocol, session: Session) -> Question | None:
    return protocol.questions[session.asked] if session.stage is Stage.asking else None


def _still_hears(protocol: Protocol, session: Session) -> bool:
    """Whether a person who now tells another sign, speaks of self-harm or begins anew is answered."""
    told = [Heard(Kind.danger, signs=(sign,)) for sign in SIGNS if sign not in session.stuck_by][:1]
    anew = [Heard(kind) for kind in (Kind.back, Kind.new) if not session.stuck_by.startswith(kind.value)][:1]
    moment = Moment(BASE + MOST * PAUSES_S[-1])
    return all(
        advance(protocol, at_text(session), heard, moment).effects
        for heard in (*told, *anew, Heard(Kind.self_harm))
    )


def _said(effects: tuple[Effect, ...]) -> list[str]:
    return ["< " + " ".join(f"[{effect.text}]" for effect in effects if isinstance(effect, Tell | Ask))]
