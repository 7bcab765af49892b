"""nothing_else: no state without an exit, no question that is never asked, no text that is never said.

May not: judge what is said."""

from collections.abc import Iterator, Sequence

from flows.proof.finding import Invariant
from flows.proof.order import out_of_order
from flows.proof.straight import Straight
from flows.proof.tries import Walk
from flows.protocol import Medium, Protocol


def nothing_else(protocol: Protocol, straight: Straight, walks: Sequence[Walk]) -> Invariant:
    """Everything that the protocol names is reached, and everything reached can be left."""
    broken = next(filter(None, (walked.broken.get("nothing_else") for walked in walks)), None)
    checked = sum(walked.steps for walked in walks)
    ordered = out_of_order(protocol)
    broken = broken or ((f"= {ordered}",) if ordered else None)
    for what, reached in _wanted(protocol, straight, walks):
        checked += 1
        if broken is None and not reached:
            broken = (f"= {what}",)
    for walked in walks:
        for what in sorted(walked.unheard):
            broken = broken or (f"= {walked.language}: {what}",)
    return Invariant("nothing_else", checked, broken)


def _wanted(protocol: Protocol, straight: Straight, walks: Sequence[Walk]) -> Iterator[tuple[str, bool]]:
    asked = set[str]().union(*(walked.asked for walked in walks))
    said = set[tuple[str, Medium]]().union(*(walked.said for walked in walks))
    told = {end.text for _, _, end in straight.ends()} | {text for text, _ in said}
    for question in protocol.questions:
        yield f"question {question.id} is never asked", question.id in asked
        for part in range(1, len(question.halves) + 1):
            text = f"{question.text}_{part}"
            yield f"the prompt {text} is never said", (text, Medium.voice) in said
        if not question.halves:
            yield f"the prompt {question.text} is never said by phone", (question.text, Medium.voice) in said
    for level, disposition in protocol.dispositions.items():
        for candidate in disposition.texts:
            yield f"{level.name}: the text {candidate.text} is never said", candidate.text in told
        for medium, texts in disposition.also.items():
            for text in texts:
                yield f"{level.name}: the text {text} is never said after it", (text, medium) in said
    for level, text in protocol.floor_texts.items():
        yield f"the safe words {text} ({level.name}) are never said", text in told
