"""What somebody agreed to, and whether a text for a purpose may go: the entries of the ledger, and the
question to it.

Pure. The ledger is append-only and lives with the contact (`store.turns.ledger`); its lines are what a
lawyer reads years later. May not: know Redis, send, or hold a number: the contact it belongs to is the
key it stands under."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum


class Purpose(StrEnum):
    """What the texts are for. `conversation`: the answers to somebody's own texts, and nothing else."""

    conversation = "conversation"
    reminders = "reminders"
    voice_reminders = "voice_reminders"
    one_text = "one_text"  # the one text of the advice that a caller asked for
    discreet = "discreet"  # the follow-up names no health: how it speaks, and no leave to send
    everything = "everything"


class Decision(StrEnum):
    """What was decided. An opt-out is `everything` withdrawn;

    START is `conversation` granted: it revives nothing. `offered`: the words were shown and nothing is
    decided yet; an opt-in by JOIN is the second step of two. `passed_on`: an opt-out went out to the clinic's
    other programmes; it decides nothing."""

    offered = "offered"
    granted = "granted"
    withdrawn = "withdrawn"
    passed_on = "passed_on"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger.

    at: UTC. key, wording: which text was shown at this step, and its exact words as sent: the offer, the
    confirmation of a JOIN or of a STOP; empty where we said nothing (the carrier answered, staff, a feed).
    channel: sms, whatsapp, voice, carrier, staff, feed. method: how it was said (JOIN, STOP, phrase, key 1,
    OptOutType STOP, 21610, START). source: what proves it, such as the message's id."""

    purpose: Purpose
    decision: Decision
    at: datetime
    channel: str
    method: str
    key: str = ""
    wording: str = ""
    source: str = ""

    @property
    def wording_hash(self) -> str:
        """SHA-256 of the wording in hexadecimal digits: it shows that the words were not touched later."""
        return hashlib.sha256(self.wording.encode()).hexdigest() if self.wording else ""


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether a text may be sent, and why or why not in one word."""

    may_send: bool
    reason: str


class BadLedger(ValueError):
    """A line of a ledger cannot be read: nothing may be sent on the strength of it."""


def record(entry: Entry) -> str:
    """The line that is appended to the ledger:

    JSON, keys in a fixed order. ValueError: the time is not aware."""
    if entry.at.tzinfo is None:
        raise ValueError("a ledger entry needs an aware time: pass line.now()")
    told = asdict(entry) | {
        "at": entry.at.astimezone(UTC).isoformat(timespec="seconds"),
        "hash": entry.wording_hash,
    }
    return json.dumps({"v": 1} | told, ensure_ascii=False, separators=(",", ":"))


def read(line: str) -> Entry:
    """The entry of such a line. BadLedger: it is none, or its wording was changed."""
    try:
        told = json.loads(line)
        entry = Entry(
            Purpose(told["purpose"]),
            Decision(told["decision"]),
            datetime.fromisoformat(told["at"]),
            *(str(told[name]) for name in ("channel", "method", "key", "wording", "source")),
        )
        whole = entry.at.tzinfo is not None and entry.wording_hash == told["hash"]
    except (ValueError, KeyError, TypeError) as fault:
        raise BadLedger("a line of a consent ledger cannot be read") from fault
    if not whole:
        raise BadLedger("a line of a consent ledger was changed after it was written")
    return entry


def readable(ledger: Iterable[str]) -> list[Entry]:
    """The entries that can be read, for who must not be stopped by a damaged line: it grants nothing."""
    found = []
    for line in ledger:
        try:
            found.append(read(line))
        except BadLedger:
            continue
    return found


def permits(ledger: Iterable[str], purpose: Purpose, now: datetime, opted_out: bool = False) -> Permission:
    """Whether a text (or, for `voice_reminders`, a call) for that purpose may go, read at that moment.

    opted_out: the mark in the store; it counts even where the ledger has nothing. An answer to somebody's
    own text needs no entry; anything else needs its own opt-in, and an opt-out from everything ends all
    of them until a new opt-in."""
    if opted_out:
        return Permission(False, "opted_out")
    standing = purpose is Purpose.conversation
    reason = "asked" if standing else "no_opt_in"
    for entry in map(read, ledger):
        if entry.at > now:
            continue  # written by a clock that ran ahead: it counts once its time has come
        if entry.decision in (Decision.offered, Decision.passed_on) or entry.purpose is Purpose.discreet:
            continue
        if entry.purpose in (purpose, Purpose.everything):
            standing = entry.decision is Decision.granted and entry.purpose is purpose
            reason = "opted_in" if standing else "withdrawn"
        elif purpose is Purpose.conversation and entry.decision is Decision.granted:
            standing, reason = True, "opted_in"
    return Permission(standing, reason)
