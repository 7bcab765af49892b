"""What commands print: cases played, readings, every text, the tasks. Plain values that become JSON or lines.

May not: print, or decide anything."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from flows.answers import report, understand
from flows.protocol import Medium, Protocol
from flows.reading import grade
from flows.segments import segments
from flows.vignettes import read_case
from flows.wording import say, wording
from hotline.errors import BackLineError
from hotline.line import Line
from hotline.playing import play
from hotline.sealing import CannotOpen

NOON = datetime(
    2026, 1, 7, 17, 0, tzinfo=UTC
)  # a fixed weekday noon: what is printed does not depend on the day
FREE = "free"


def vignette_report(
    line: Line, shapes: Sequence[Mapping[str, Any]], channel: str, language: str
) -> dict[str, Any]:
    """Every case played: the level told, the replies it took, and whether it was too low or too high."""
    cases = []
    for shape in shapes:
        played = play(line, read_case(shape), Medium(channel), NOON, language)
        level = None if played.level is None else played.level.name
        cases.append(
            {"id": played.case.id, "disposition": level, "replies": played.replies, "verdict": played.verdict}
        )
    verdicts = [case["verdict"] for case in cases]
    return {"cases": cases, "under": verdicts.count("under"), "over": verdicts.count("over")}


def vignette_table(report: Mapping[str, Any]) -> str:
    """The same for people."""
    lines = [
        f"{case['verdict']:6} {case['id']:8} {case['disposition']} in {case['replies']}"
        for case in report["cases"]
    ]
    return "\n".join(
        [*lines, f"{len(report['cases'])} cases, {report['under']} under, {report['over']} over"]
    )


def readings(
    protocol: Protocol, asked: Iterable[Mapping[str, Any]], *, explain: bool = False
) -> list[dict[str, Any]]:
    """What each text means, in the order asked. ValueError: a question that the protocol does not have."""
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
    """Each sentence in each language and medium, rendered with default settings."""
    rows = []
    for language, texts in protocol.languages.items():
        for key, text in texts.texts.items():
            for medium in Medium:
                if wording(text, medium) is not None:
                    rows.append(_text_row(key, language, medium, say(protocol, key, language, medium, {})))
    return rows


def _text_row(key: str, language: str, medium: Medium, words: str) -> dict[str, Any]:
    size = segments(words) if medium is Medium.sms else None
    return {
        "key": key,
        "language": language,
        "medium": medium.value,
        "text": words,
        "encoding": size.encoding if size else None,
        "segments": size.count if size else None,
        "grade": grade(words),
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
