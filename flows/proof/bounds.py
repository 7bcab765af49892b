"""bounded: every path ends, within so many answered questions; an emergency is never far away, and can always
be called out.

Reads the walk over all states (`tries`), and repeats what somebody could repeat for ever. May not: judge
levels."""

from collections import Counter
from collections.abc import Iterator, Sequence

from flows.engine import begin
from flows.heard import Kind
from flows.proof import loops
from flows.proof.asides import unread
from flows.proof.calls import Called
from flows.proof.finding import Invariant, Said, answered, shown, taken, transcript
from flows.proof.inputs import Inputs
from flows.proof.lasting import MOST_S, self_care_s
from flows.proof.people import WELL, value_of
from flows.proof.straight import Straight
from flows.proof.tries import Walk
from flows.protocol import UNASKED, Level, Medium, Protocol, Question
from flows.session import Session, Stage
from flows.vignettes import Case, given

MOST_ROUNDS = 40
TRIED = (Kind.danger, Kind.doubt, Kind.unclear, Kind.unsure, Kind.silence)
_WELL = Case("a person", WELL, Level.self_care, None)


def too_many(straight: Straight) -> tuple[str, ...] | None:
    """The answer set with the most answers, where it has more than are allowed."""
    deepest = max(straight.nodes, key=lambda node: sum(told != UNASKED for told in node.session.answers))
    answers = 1 + sum(told != UNASKED for told in deepest.session.answers)
    allowed = straight.protocol.limits.answers
    if answers <= allowed:
        return None
    why = f"{answers} answered questions, {allowed} at most"
    return shown(straight.protocol, straight.language, deepest, None, why)


def bounded(straight: Straight, walks: Sequence[Walk], calls: Sequence[Called] = ()) -> Invariant:
    """The answered questions, the ends, the emergency escape, the worst waits for an emergency line, and that
    every call ends in words, with a person, or in a task."""
    protocol = straight.protocol
    broken = next(filter(None, (walked.broken.get("bounded") for walked in walks)), too_many(straight))
    misses, unheard = unread(straight)
    waits = [walked.longest for walked in walks if walked.longest is not None]
    if broken is None and any(wait.circle for wait in waits):
        broken = ("= some answers lead round in a circle",)
    lasts = {code: self_care_s(protocol, code) for code in protocol.languages}
    long = next((code for code, told_s in lasts.items() if told_s > MOST_S), None)
    too_long = (f"= a self-care call in {long} lasts over {MOST_S} s",) if long else None
    silent = next(filter(None, (one.broken for one in calls)), None)
    notes = (
        f"answered questions: at most {max((walked.most_answered for walked in walks), default=0)}",
        f"replies until an emergency is told: at most {max((wait.replies for wait in waits), default=0)}",
        f"seconds of a call until then: at most {max((wait.seconds for wait in waits), default=0):.0f}",
        f"seconds of a call until anything is told: at most {max((w.told_s for w in waits), default=0):.0f}",
        *(f"a call that ends in self-care, in {code}: {told_s:.0f} s" for code, told_s in lasts.items()),
        *_ends(calls),
        f"{sum(walked.escapes for walked in walks):,} calls for help, in every state: the number is told",
    )
    rounds, endless = for_ever(protocol)
    rallies, unending = loops.ever(protocol)
    checked = sum(walked.steps + walked.escapes for walked in walks) + rounds + misses + rallies
    checked += sum(one.steps for one in calls)
    faults = (broken, silent, too_long, endless, unheard, unending)
    return Invariant("bounded", checked, next(filter(None, faults), None), notes)


def _ends(calls: Sequence[Called]) -> Iterator[str]:
    """How calls end, as counted."""
    if calls:
        states, turns = sum(one.states for one in calls), sum(one.steps for one in calls)
        yield f"{states:,} states of a call, {turns:,} turns"
    ends = sum((Counter(one.ends) for one in calls), Counter[str]())
    yield from (f"calls that end: {count:,} {how}" for how, count in sorted(ends.items()))


def for_ever(protocol: Protocol) -> tuple[int, tuple[str, ...] | None]:
    """Whatever one tells over and over, with a harmless answer between or none, comes to an end."""
    language = next(iter(protocol.languages))
    inputs, rounds = Inputs(protocol, language), 0
    for question, path, session in _questions(protocol, inputs):
        for said in inputs.at(session):
            if said.heard.kind not in TRIED or said.heard.late or said.heard.start or said.after_s:
                continue
            for answers_between in (False, True):
                told = list(_repeat(protocol, inputs, session, said, answers_between))
                rounds += len(told)
                if len(told) >= MOST_ROUNDS:
                    why = f'"{said.words}" again and again at {question.id} never ends'
                    return rounds, transcript(protocol, language, [*path, *told[:12]], why)
    return rounds, None


def _repeat(
    protocol: Protocol, inputs: Inputs, session: Session, said: Said, answers_between: bool
) -> Iterator[Said]:
    """The same over and over; between them the harmless answer to whatever is asked."""
    for _ in range(MOST_ROUNDS):
        session, _effects = taken(protocol, session, said)
        yield said
        if session.stage is not Stage.asking:
            return
        if answers_between:
            answer = _well(protocol, inputs, session)
            session, _effects = taken(protocol, session, answer)
            yield answer
        if session.stage is not Stage.asking:
            return


def _well(protocol: Protocol, inputs: Inputs, session: Session) -> Said:
    question = protocol.questions[session.asked]
    reply = inputs.sayings.reply(question, value_of(given(_WELL, question), question))
    assert reply is not None, question.id
    return Said(Medium.sms, *reply)


def _questions(protocol: Protocol, inputs: Inputs) -> Iterator[tuple[Question, list[Said], Session]]:
    """Each question that somebody well is asked, with the way there."""
    path = answered(protocol, inputs.language, [])
    session, _ = taken(protocol, begin(protocol, inputs.language, Medium.sms).session, path[0])
    while session.stage is Stage.asking:
        yield protocol.questions[session.asked], list(path), session
        path.append(_well(protocol, inputs, session))
        session, _ = taken(protocol, session, path[-1])
