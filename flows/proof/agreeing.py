"""agree: the same answers by text, by keys and with any hand-over between them, in every language, are told
the same.

From one session of each node every answer is given by text in each language, on the phone, on the phone
after the
call took over, and by text in the middle of a spoken list. May not: judge what is told (`flags`)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from flows.engine import at_text
from flows.heard import Heard, Kind
from flows.keys import press
from flows.proof.finding import Invariant, Said, answered, taken, transcript
from flows.proof.inputs import Inputs
from flows.proof.people import People
from flows.proof.sayings import Sayings, half_of, is_spoken_list, keyed
from flows.proof.straight import MOST_TRIES, Node, Straight, end_of
from flows.protocol import UNKNOWN, Medium, Protocol
from flows.session import Session, Stage


def agree(straight: Straight) -> Invariant:
    """Every answer of every node, each way."""
    looked = _Looked(straight.protocol, straight.language)
    broken = next(filter(None, (looked.node(node) for node in straight.nodes)), None)
    return Invariant("agree", looked.checked, broken or looked.unheard() or looked.heard_alike())


@dataclass
class _Looked:
    protocol: Protocol
    language: str
    checked: int = 0
    sayings: dict[str, Sayings] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sayings = {language: Sayings(self.protocol, language) for language in self.protocol.languages}

    def unheard(self) -> tuple[str, ...] | None:
        """An answer that no plain word tells in some language."""
        people = People(self.protocol)
        for language, sayings in self.sayings.items():
            for question in self.protocol.questions:
                for value in (*people.answers(question), UNKNOWN):
                    if sayings.reply(question, value) is None:
                        return (f'= in {language} no word tells "{question.id}" the answer {value}',)
        return None

    def heard_alike(self) -> tuple[str, ...] | None:
        """A kind of reply (a sign, a doubt, a keyword) that some language has and another has not."""
        first, *others = (Inputs(self.protocol, language) for language in self.protocol.languages)
        for question in self.protocol.questions:
            known = first.heard(question)
            for other in others:
                self.checked += len(known)
                apart = known ^ other.heard(question)
                if apart:
                    return (
                        f'= "{question.id}" hears {min(apart)} in {first.language} or {other.language} only',
                    )
        return None

    def node(self, node: Node) -> tuple[str, ...] | None:
        """The first answer that is not told alike everywhere."""
        for value in node.after:
            ways = list(self._ways(node, value))
            first = self._led(node.session, ways[0])
            for way in ways[1:]:
                self.checked += 1
                other = self._led(node.session, way)
                if other != first:
                    return self._show(node, ways[0], way, first, other)
        return None

    def _ways(self, node: Node, value: int) -> Iterator[list[Said]]:
        question = node.question
        for sayings in self.sayings.values():
            reply = sayings.reply(question, value)
            if reply:
                yield [Said(Medium.sms, *reply)]
        call = [
            Said(Medium.voice, "calls", Heard(Kind.call_began)),
            Said(Medium.voice, "1", Heard(Kind.key, "1")),
        ]
        parts = range(1, len(question.halves) + 1) if is_spoken_list(question) and value != UNKNOWN else (0,)
        if is_spoken_list(question) and value == UNKNOWN:
            return  # the phone has no "not sure" to a list: an empty entry is a miss
        keys = [self._keyed(node, value, part) for part in parts]
        yield [*call, *keys]
        yield [*call, *keys, Said(Medium.voice, "(hangs up)", Heard(Kind.hung_up))]
        if len(keys) > 1:
            reply = self.sayings[self.language].reply(question, value)
            if reply:  # the first text shows the list, of which only a half was heard
                yield [*call, keys[0], *[Said(Medium.sms, *reply)] * 2]

    def _keyed(self, node: Node, value: int, part: int) -> Said:
        question = node.question
        told = half_of(question, value, part) or 1 if part else value
        keys = keyed(question, told, part)
        spoken = replace(node.session, medium=Medium.voice, part=part)
        return Said(Medium.voice, keys or "#", press(self.protocol, spoken, keys))

    def _led(self, session: Session, way: Sequence[Said]) -> tuple[object, ...]:
        """Where this leads: what is known, what it demands, what is asked next, or how it ended."""
        asked = session.asked
        for said in way:
            for _ in range(MOST_TRIES):
                session, effects = taken(self.protocol, session, said)
                end = end_of(session, effects)
                if end is not None:
                    return (end.level, end.text)
                if said.heard.kind is not Kind.unsure or session.asked != asked:
                    break
        session = at_text(session)
        return (
            session.stage is Stage.asking,
            session.asked,
            session.merged(),
            session.floor,
            session.answered,
        )

    def _show(
        self,
        node: Node,
        one: list[Said],
        other: list[Said],
        first: tuple[object, ...],
        second: tuple[object, ...],
    ) -> tuple[str, ...]:
        way = answered(self.protocol, self.language, node.path())
        lines = transcript(self.protocol, self.language, [*way, *one], "by text", f"{first}")
        return (
            *lines,
            *transcript(self.protocol, self.language, [*way, *other], "the other way", f"{second}"),
        )
