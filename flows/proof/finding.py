"""What the proof finds: an invariant with its cases and, where it is broken, the shortest conversation that
shows it.

May not: look for faults (the invariants do)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from flows.effects import Ask, Dispose, Effect, Tell
from flows.engine import at_text, begin
from flows.heard import Heard, Kind
from flows.proof.sayings import Sayings
from flows.proof.straight import Node, step
from flows.protocol import Medium, Protocol
from flows.rules import KEPT, fired
from flows.session import Session, Stage
from flows.wording import say

SIGN = "heard_sign"
MOST_LINES = 60


@dataclass(frozen=True, slots=True)
class Invariant:
    """One thing that holds over every path, or not. counterexample: lines `>` heard, `<` said, `=` the level
    and why; None where it holds. notes: figures that a person wants beside it."""

    name: str
    checked: int
    counterexample: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether no case broke it."""
        return self.counterexample is None


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that comes in: by which medium, in what words or keys, and how it was heard."""

    medium: Medium
    words: str
    heard: Heard
    after_s: float = 0


def found_at(session: Session, said: Said) -> Session:
    """The session as this finds it: by text no menu of the phone stands open, by phone it is a call."""
    if said.heard.kind in (Kind.waited, Kind.hung_up):
        return session
    if said.medium is Medium.sms:
        return at_text(session)
    return session if session.medium is Medium.voice else replace(session, medium=Medium.voice)


def taken(protocol: Protocol, session: Session, said: Said) -> tuple[Session, tuple[Effect, ...]]:
    """The step that follows when this comes in."""
    return step(protocol, found_at(session, said), said.heard, said.after_s)


def answered(protocol: Protocol, language: str, told: Sequence[int]) -> list[Said]:
    """A conversation by text: BACK, and these answers in order ("not sure" as often as it is asked)."""
    inputs = [Said(Medium.sms, "BACK", Heard(Kind.back))]
    session, _ = taken(protocol, begin(protocol, language, Medium.sms).session, inputs[0])
    sayings = Sayings(protocol, language)
    for value in told:
        if session.stage is not Stage.asking:
            break
        asked = session.asked
        reply = sayings.reply(protocol.questions[asked], value)
        while reply and session.stage is Stage.asking and session.asked == asked and len(inputs) < MOST_LINES:
            inputs.append(Said(Medium.sms, *reply))
            session, _ = taken(protocol, session, inputs[-1])
    return inputs


def transcript(protocol: Protocol, language: str, inputs: Iterable[Said], *why: str) -> tuple[str, ...]:
    """The conversation in lines that a person can read, and why it is shown."""
    session = begin(protocol, language, Medium.sms).session
    lines: list[str] = []
    for said in inputs:
        session, effects = taken(protocol, session, said)
        lines.append(f"> {_words(said)}")
        for effect in effects:
            lines += _line(protocol, language, session, effect)
    return (*lines, *(f"= {text}" for text in why))


def shown(protocol: Protocol, language: str, node: Node, told: int | None, *why: str) -> tuple[str, ...]:
    """The conversation that leads to a node, and through one answer more."""
    path = node.path() if told is None else [*node.path(), told]
    return transcript(protocol, language, answered(protocol, language, path), *why)


def _words(said: Said) -> str:
    by = "" if said.medium is Medium.sms else "keys "
    late = f" ({said.after_s / 60:.0f} min later)" if said.after_s >= 60 else ""
    return f"{by}{said.words or said.heard.kind.value}{late}"


def _line(protocol: Protocol, language: str, session: Session, effect: Effect) -> list[str]:
    if isinstance(effect, Tell | Ask):
        return [f"< {_rendered(protocol, language, session.medium, effect)}"]
    if isinstance(effect, Dispose):
        return [f"= {effect.level.name} because {reasons(protocol, session, effect)}"]
    return []


def _rendered(protocol: Protocol, language: str, medium: Medium, effect: Tell | Ask) -> str:
    fill = dict(effect.fill) if isinstance(effect, Tell) else {}
    texts = protocol.languages[language]
    heard = texts.heard.get(fill.get(SIGN, ""))
    if heard:
        fill |= {"heard": heard["sms"], "heard_spoken": heard["voice"]}
    if effect.text not in texts.texts:
        return f"({effect.text}: no such text)"
    return say(protocol, effect.text, language, medium, fill).replace("\n", " / ")


def reasons(protocol: Protocol, session: Session, effect: Dispose) -> str:
    """The rules that demand the level, or the floor that does, or that nothing was told."""
    rules = [
        rule
        for rule in fired(protocol, session.merged())
        if rule.id in effect.rules and rule.level is effect.level
    ]
    told = [f"{rule.id} ({rule.source})" for rule in rules]
    if session.floor is effect.level and session.reason:
        told.append("signs kept" if session.reason == KEPT else f"{session.reason} is not known")
    return "; ".join(told) or ("no sign was told" if not effect.rules else effect.text)
