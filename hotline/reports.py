"""What commands print: cases played, readings, every text, the tasks. Plain values that become JSON or lines.

May not: print, or decide anything."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any

from flows.answers import report, understand
from flows.protocol import Level, Medium, Protocol
from flows.reading import GRADES
from flows.segments import segments
from flows.vignettes import read_case
from flows.wording import say, wording
from hotline.errors import BackLineError
from hotline.line import Line
from hotline.playing import Played, play
from hotline.sealing import CannotOpen

NOON = datetime(
    2026, 1, 7, 17, 0, tzinfo=UTC
)  # a fixed weekday noon: what is printed does not depend on the day
FREE = "free"


def vignettes_played(
    line: Line, shapes: Sequence[Mapping[str, Any]], channel: str, language: str
) -> list[Played]:
    """Every case from its first word to its disposition. KeyError, ValueError: an entry is no case."""
    return [play(line, read_case(shape), Medium(channel), NOON, language) for shape in shapes]


def vignette_report(cases: Sequence[Played]) -> dict[str, Any]:
    """Every case: the level told, the replies it took, and whether it was too low or too high."""
    rows = [
        {
            "id": case.case.id,
            "disposition": None if case.level is None else case.level.name,
            "replies": case.replies,
            "verdict": case.verdict,
        }
        for case in cases
    ]
    verdicts = [case.verdict for case in cases]
    return {"cases": rows, "under": verdicts.count("under"), "over": verdicts.count("over")}


def vignette_table(protocol: Protocol, cases: Sequence[Played]) -> str:
    """The same for people: who was sent wrong, expected x given, replies a level, rules that no case
    reached."""
    wrong = [_wrong(case) for case in cases if case.verdict != "ok"]
    verdicts = [case.verdict for case in cases]
    total = f"{len(cases)} cases, {verdicts.count('under')} under, {verdicts.count('over')} over"
    return "\n".join([*wrong, *_matrix(cases), "", *_replies(cases), "", *_unreached(protocol, cases), total])


def _matrix(cases: Sequence[Played]) -> Iterator[str]:
    """How many cases of each least level were given which level."""
    given: list[Level | None] = [*reversed(Level)]
    if any(case.level is None for case in cases):
        given.append(None)
    yield _row("expected at least", ["given " + _name(given[0]), *(_name(level) for level in given[1:])])
    for least in reversed(Level):
        here = [case.level for case in cases if case.case.least is least]
        yield _row(_name(least), [here.count(level) or "." for level in given])


def _replies(cases: Sequence[Played]) -> Iterator[str]:
    """How often a person had to speak, by the level they were given."""
    yield _row("replies", ["fewest", "median", "most"])
    for level in reversed(Level):
        counts = sorted(case.replies for case in cases if case.level is level)
        if counts:
            yield _row(_name(level), [counts[0], f"{median(counts):g}", counts[-1]])


def _unreached(protocol: Protocol, cases: Sequence[Played]) -> Iterator[str]:
    reached = {rule for case in cases for rule in case.rules}
    missing = [rule.id for rule in protocol.rules if rule.id not in reached]
    if missing:
        yield f"rules that no case reached ({len(missing)} of {len(protocol.rules)}): {', '.join(missing)}"


def _row(head: str, cells: Sequence[object]) -> str:
    return f"{head:18}" + "".join(f"{cell!s:>22}" for cell in cells)


def _wrong(played: Played) -> str:
    case = played.case
    most = "no limit" if case.most is None else case.most.name
    expected = f"{case.least.name} at least, {most} at most"
    return f"{played.verdict} {case.id}: given {_name(played.level)}, expected {expected}. {case.reason}"


def _name(level: Level | None) -> str:
    return "none" if level is None else level.name


def readings(
    protocol: Protocol, asked: Iterable[Mapping[str, Any]], *, explain: bool = False
) -> list[dict[str, Any]]:
    """What each text means, in the order asked; a language that is not served is read as the first one,
    which is what happens to such a text. ValueError: a question that the protocol does not have."""
    known = {*protocol.places, *protocol.programme.checkins, FREE}
    found = []
    for item in asked:
        question = item.get("question") or FREE
        if question not in known:
            raise ValueError(f'no question "{question}": write one of {", ".join(sorted(known))}')
        place = None if question == FREE else question
        heard = understand(protocol, str(item["text"]), place, str(item.get("language") or "en"))
        row = {"id": item.get("id"), **report(heard)}
        found.append(row | {"why": list(heard.why)} if explain else row)
    return found


def every_text(protocol: Protocol) -> list[dict[str, Any]]:
    """Each sentence in each language and medium, rendered with default settings.

    grade: the US school grade that reads it, by the measure of the language that it is said in (English
    Flesch-Kincaid; Spanish by the table of Fernandez-Huerta, 6 is an ease of 80); None where none is
    known."""
    rows = []
    for language, texts in protocol.languages.items():
        for key, text in texts.texts.items():
            for medium in Medium:
                if wording(text, medium) is not None:
                    said_in = (text.spoken_in or language)[:2] if medium is Medium.voice else language
                    words = say(protocol, key, language, medium, {})
                    rows.append(_text_row(key, language, medium, words, said_in))
    return rows


def _text_row(key: str, language: str, medium: Medium, words: str, said_in: str) -> dict[str, Any]:
    size = segments(words) if medium is Medium.sms else None
    return {
        "key": key,
        "language": language,
        "medium": medium.value,
        "text": words,
        "encoding": size.encoding if size else None,
        "segments": size.count if size else None,
        "grade": GRADES[said_in](words) if said_in in GRADES else None,
    }


def task_rows(line: Line, state: str | None) -> list[dict[str, Any]]:
    """The tasks for staff, the soonest due first, with the number to call. StoreAway."""
    tasks = sorted(line.store.tasks.list(state), key=lambda task: task.due_at)
    return [
        {
            "id": task.id,
            "state": task.state,
            "level": task.level,
            "reason": task.reason,
            "by": task.by,
            "note": task.note,
            "due": datetime.fromtimestamp(task.due_at, UTC).isoformat(timespec="minutes"),
            "call": _number(line, task.contact),
        }
        for task in tasks
    ]


def _number(line: Line, contact: str) -> str:
    blob = line.store.turns.address(contact)
    if blob is None:
        return "withheld"
    try:
        address: str = json.loads(line.sealer.open(contact, "address", blob))[0]
    except (CannotOpen, BackLineError):
        return "sealed under a key that is gone"
    return address
