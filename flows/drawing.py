"""The protocol as a picture in DOT: questions in their order, the rules as edges to levels, floors dashed.

Drawn from the parsed protocol alone, so that a reader sees what the machine does. Each rule hangs on the last
question it needs and names its other answers in words; what a person is told stands at the level. May not:
open files, run programs (`hotline/svg.py` makes the SVG), or judge anything."""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from textwrap import wrap

from flows.protocol import Condition, Kind, Level, Protocol, Question, Rule, Test

COLOURS = {  # a level -> its dark colour for edges and words, its light one for rows
    Level.emergency_now: ("#b00020", "#fde0e3"),
    Level.urgent_today: ("#b45f00", "#ffecd1"),
    Level.clinician_soon: ("#00639b", "#dceefb"),
    Level.self_care: ("#2e6b2e", "#e0f2e0"),
}
GREY, INK = "#6b7280", "#1f2937"
WIDE = 58  # characters a line in a question's box
# Widths in points. Cells are wider than their words and hold one run of words each: a viewer without
# Helvetica takes a wider letter, and words that follow on the same line would be drawn over.
QUESTION, WHEN, NAME, LEVEL = 370, 300, 190, 235
FONT = 'fontname="Helvetica"'
_SPAN = re.compile(r"(?<=\d)_(?=\d)")  # severity_0_10 is said 0-10
KINDS = {Kind.yes_no: "yes or no", Kind.menu: "one of", Kind.list: "any of", Kind.number: "a number"}


def dot(protocol: Protocol) -> str:
    """The whole picture as DOT text. The same protocol gives the same text."""
    lines = [
        "// Made by `hotline draw`. Change protocol.yaml, never this.",
        f'digraph "{protocol.id}" {{',
        f'  graph [rankdir=LR, nodesep=0.06, ranksep="0.9", {FONT}, fontsize=20, labelloc=t,',
        f'    fontcolor="{INK}", pad=0.3, tooltip="{protocol.id}", label={_html(_title(protocol))}]',
        f'  node [shape=box, {FONT}, fontsize=11, fontcolor="{INK}", color="{GREY}", margin=0, height=0.2]',
        f'  edge [color="{GREY}", arrowsize=0.6]',
        *_questions(protocol),
        *_rows(protocol),
        *_levels(protocol),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _title(protocol: Protocol) -> list[str]:
    return [
        f"<b>{escape(protocol.id)} {escape(protocol.version)}</b>",
        _sized(
            12, "Asked from the top. A rule stands at the last question it needs; the highest level is told."
        ),
        _sized(
            12, "An emergency ends the questions at once. Dashed: the floor where an answer stays unknown."
        ),
        " ",
    ]


def _questions(protocol: Protocol) -> Iterator[str]:
    for question in protocol.questions:
        label = _cells([(_question(protocol, question), QUESTION)])
        yield f"  q_{question.id} [tooltip={_quoted(question.source)}, label={label}]"
    chain = " -> ".join(f"q_{question.id}" for question in protocol.questions)
    yield f'  {{ rank=same; edge [weight=9, penwidth=2, arrowsize=0.4, color="{INK}"]; {chain} }}'


def _question(protocol: Protocol, question: Question) -> Iterator[str]:
    """The lines of its box: order and name, when it is asked, and what makes which answer true."""
    span = f" from {question.low} to {question.high}" if question.kind is Kind.number else ""
    yield f"<b>{question.place + 1}. {escape(question.id)}: {KINDS[question.kind]}{span}</b>"
    if question.ask_if:
        yield f"<i>asked only where {escape(_condition(protocol, question.ask_if))}</i>"
    if question.yes_when:
        yield from _wrapped("yes", question.yes_when)
    for choice in sorted(question.choices, key=lambda choice: choice.key):
        yield from _wrapped(str(choice.key), choice.true_when)


def _wrapped(answer: str, true_when: Sequence[tuple[Test, ...]]) -> Iterator[str]:
    lines = wrap(f"{answer}: {_facts(true_when)}", WIDE, subsequent_indent="      ")
    yield from (escape(line) for line in lines)


def _facts(true_when: Sequence[tuple[Test, ...]]) -> str:
    """The conjunctions in words; those that the same fact takes out stand together."""
    groups: dict[str, list[str]] = {}
    for tests in true_when:
        unless = " or ".join(_words(test.fact) for test in tests if test.value is False)
        groups.setdefault(unless, []).append(
            " with ".join(_test(test) for test in tests if test.value is not False)
        )
    told = (", ".join(facts) + (f" (unless {unless})" if unless else "") for unless, facts in groups.items())
    return "; ".join(told) or "none of these"


def _test(test: Test) -> str:
    return _words(test.fact) if test.op == "is" else f"{_words(test.fact)} {_words(test.op)} {test.value}"


def _rows(protocol: Protocol) -> Iterator[str]:
    """Under each question the rules that it completes, the highest level first, then its floor."""
    names = []
    for question in protocol.questions:
        for rule in _completed_by(protocol, question):
            names.append(f"r_{rule.id}")
            yield from _row(names[-1], question, rule.level, _when(protocol, rule), rule.id, rule.source)
        names.append(f"f_{question.id}")
        unknown = _unknown(protocol, question)
        yield from _row(names[-1], question, question.floor, unknown, "", "floor", dashed=True)
    names.append("r_none")
    nothing = "all is answered, no rule fired"
    yield from _row(names[-1], protocol.questions[-1], Level.self_care, nothing, "", "no rule")
    yield f"  {{ rank=same; edge [style=invis]; {' -> '.join(names)} }}"


def _completed_by(protocol: Protocol, question: Question) -> list[Rule]:
    rules = [rule for rule in protocol.rules if max(when.place for when in rule.when) == question.place]
    return sorted(rules, key=lambda rule: -rule.level)


def _row(
    name: str, question: Question, level: Level, when: str, id: str, source: str, *, dashed: bool = False
) -> Iterator[str]:
    """One row between its question and its level, with the lines to both."""
    dark, light = COLOURS[level]
    fill = '"rounded,dashed"' if dashed else f'"rounded,filled", fillcolor="{light}"'
    line = "dashed" if dashed else "solid"
    width = 2 if level is Level.emergency_now else 1
    words = escape(when) if dashed else f"<b>{escape(when)}</b>"
    label = _cells([([words], WHEN), ([escape(_words(id))], NAME)])
    yield f'  {name} [style={fill}, color="{dark}", tooltip={_quoted(source)}, label={label}]'
    yield f"  q_{question.id}:e -> {name}:w [style={line}, arrowhead=none, weight=4]"
    yield f'  {name}:e -> l_{level.name}:w [style={line}, color="{dark}", penwidth={width}, minlen=2]'


def _when(protocol: Protocol, rule: Rule) -> str:
    return " + ".join(_condition(protocol, condition) for condition in rule.when)


def _unknown(protocol: Protocol, question: Question) -> str:
    missed = f"missed {protocol.limits.misses} times"
    if question.unsure_is is None:
        return f"not sure {protocol.limits.unsure} times, or {missed}"
    return f"{missed} (not sure counts as {_answers(question, question.unsure_is)})"


def _condition(protocol: Protocol, condition: Condition) -> str:
    """`limbs 3`, `fever 2 or 4`, `heart yes`, `age 65 and over`, `pain under 7`."""
    if condition.mask:
        question = protocol.question(condition.question)
        return f"{condition.question} {_answers(question, condition.mask)}"
    limits = []
    if condition.at_least is not None:
        limits.append(f"{condition.at_least} and over")
    if condition.under is not None:
        limits.append(f"under {condition.under}")
    return f"{condition.question} {', '.join(limits)}"


def _answers(question: Question, mask: int) -> str:
    bits = [bit for bit in range(mask.bit_length()) if mask >> bit & 1]
    if question.kind is Kind.yes_no:
        return " or ".join(("no", "yes")[bit] for bit in bits)
    return " or ".join(str(bit) if bit else "none" for bit in bits)


def _levels(protocol: Protocol) -> Iterator[str]:
    for level in reversed(Level):
        dark = COLOURS[level][0]
        yield (
            f'  l_{level.name} [style=filled, fillcolor="{dark}", color="{dark}", fontcolor="#ffffff",'
            f" fontsize=13, height=2.4, label={_cells([(_level(protocol, level), LEVEL)])}]"
        )
    chain = " -> ".join(f"l_{level.name}" for level in reversed(Level))
    yield f"  {{ rank=same; edge [style=invis]; {chain} }}"


def _level(protocol: Protocol, level: Level) -> Iterator[str]:
    told = protocol.dispositions[level]
    yield _sized(18, f"<b>{level.name}</b>")
    yield from wrap("told with " + ", ".join(candidate.text for candidate in told.texts), 30)
    if told.task_due_min is not None:
        yield f"staff task, {told.task_due_min} minutes"
    yield "back care texts offered" if told.offer else "no back care texts offered"


def _html(lines: Iterable[str]) -> str:
    """An HTML-like label of these lines, which are markup already."""
    return f"<{'<br/>'.join(lines)}>"


def _cells(cells: Sequence[tuple[Iterable[str], int]]) -> str:
    """An HTML-like label of cells side by side, each of lines and a width in points."""
    drawn = (
        f'<td align="left" balign="left" width="{width}">{"<br/>".join(lines)}</td>' for lines, width in cells
    )
    return f'<<table border="0" cellspacing="0" cellpadding="4"><tr>{"".join(drawn)}</tr></table>>'


def _sized(points: int, markup: str) -> str:
    return f'<font point-size="{points}">{markup}</font>'


def _words(name: str) -> str:
    return _SPAN.sub("-", name).replace("_", " ")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
