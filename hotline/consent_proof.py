"""The proof for one person: everything they were offered, agreed to and withdrew, in the words that were
shown, whether it stands as it was written, and what may be sent to them now.

Reads only. May not: name a number, or decide what is permitted (`consent.py` does)."""

import re
from dataclasses import asdict
from datetime import datetime
from typing import Any

from hotline.consent import BadLedger, Purpose, permits, read
from hotline.line import Line
from hotline.numbers import is_number
from hotline.sealing import CONTACT_LENGTH, normalised
from hotline.store import Linked

_CONTACT = re.compile(rf"[A-Za-z0-9_-]{{{CONTACT_LENGTH}}}")
MISSING = "LINES ARE MISSING AT THE END OF THE LEDGER: it does not fit its head"
# What is asked of the ledger, and what it is called in the report.
ASKED = (Purpose.conversation, Purpose.reminders, Purpose.voice_reminders, Purpose.one_text)


def contact_of(line: Line, person: str) -> str:
    """The contact of a number, or of a contact's own id. ValueError: it is neither."""
    if _CONTACT.fullmatch(person):
        return person
    if not is_number(normalised(person)):
        raise ValueError("this is neither a number (+ and the country first) nor the id of a contact")
    return line.sealer.contact_of(person)


def proof(line: Line, contact: str, now: datetime) -> dict[str, Any]:
    """What `hotline consent --json` prints. whole: every line can be read, its wording and its link fit, and
    none is missing at the end. StoreAway."""
    state, ledger = line.store.turns.read(contact), line.store.turns.proof(contact)
    entries = [_entry(one) for one in ledger.lines]
    lines = [one.line for one in ledger.lines]
    ends = ledger.ends and bool(lines or not state.enrolment)  # nobody is on the programme without a line
    whole = ends and all(entry["whole"] for entry in entries)
    changed = (False, "ledger_changed")
    may = {
        purpose.value: _permission(lines, purpose, now, state.opted_out) if whole else changed
        for purpose in ASKED
    }
    return {
        "contact": contact,
        "opted_out": state.opted_out,
        "enrolled": bool(state.enrolment),
        "whole": whole,
        "ends": ends,
        "entries": entries,
        "may_be_sent": {name: {"may": may_send, "why": why} for name, (may_send, why) in may.items()},
    }


def shown(report: dict[str, Any]) -> str:
    """The same for reading."""
    lines = [f"contact {report['contact']}{', opted out' if report['opted_out'] else ''}"]
    nothing = "nothing was ever agreed to or withdrawn, or they were forgotten"
    lines += [""] if report["entries"] or not report["ends"] else ["", nothing]
    for entry in report["entries"]:
        lines.append(_line(entry))
    lines += ["", *(() if report["ends"] else (MISSING,))]
    for purpose, told in report["may_be_sent"].items():
        lines.append(f"{purpose}: {'may be sent' if told['may'] else 'may not be sent'} ({told['why']})")
    if not report["whole"]:
        lines.append("THE LEDGER WAS CHANGED AFTER IT WAS WRITTEN: nothing may be sent on the strength of it")
    return "\n".join(lines)


def checked(line: Line, now: datetime) -> dict[str, Any]:
    """Every ledger that is kept: how many, and the contacts whose own was changed or cut off. StoreAway."""
    contacts = sorted(set(line.store.turns.with_ledger()))
    broken = [contact for contact in contacts if not proof(line, contact, now)["whole"]]
    return {"ledgers": len(contacts), "not_whole": broken}


def told(report: dict[str, Any]) -> str:
    """The same for reading."""
    lines = [f"{report['ledgers']} ledgers, {len(report['not_whole'])} of them changed or cut off"]
    return "\n".join([*lines, *report["not_whole"]])


def _line(entry: dict[str, Any]) -> str:
    if "purpose" not in entry:
        return "(a line that cannot be read)"
    told = f"{entry['at']}  {entry['decision']} {entry['purpose']}, {entry['channel']}, {entry['method']}"
    told += f", source {entry['source']}" if entry["source"] else ""
    told += "" if entry["whole"] else "  CHANGED"
    return told + (f"\n    {entry['key']}: {entry['wording']}" if entry["wording"] else "")


def _entry(linked: Linked) -> dict[str, Any]:
    try:
        entry = read(linked.line)
    except BadLedger:
        return {"whole": False, "link": linked.link}
    told = asdict(entry) | {"at": entry.at.isoformat(), "hash": entry.wording_hash}
    return told | {"whole": linked.fits, "link": linked.link}


def _permission(lines: list[str], purpose: Purpose, now: datetime, opted_out: bool) -> tuple[bool, str]:
    permission = permits(lines, purpose, now, opted_out)
    return permission.may_send, permission.reason
