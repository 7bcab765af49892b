"""What the store takes and gives: a contact's state, the change of one turn, outbox rows, staff tasks.

Values only. Scores and windows are seconds since the epoch; `now` is an aware datetime everywhere."""

from collections.abc import Mapping
from dataclasses import dataclass

from hotline.store.keys import id_of

Texts = tuple[tuple[str, Mapping[str, str]], ...]


@dataclass(frozen=True, slots=True)
class State:
    """What a turn reads of a contact.

    session, enrolment: encoded, "" = none. version: moves with each commit of the session, enrolment or
    opt-out, and with each line of the ledger. addressed: a sealed address is kept. head: that of the ledger,
    "" = it has no line. week: the days before on which somebody who left the programme got its texts."""

    session: str = ""
    enrolment: str = ""
    opted_out: bool = False
    version: int = 0
    addressed: bool = False
    head: str = ""
    week: str = ""


@dataclass(frozen=True, slots=True)
class Linked:
    """One line of a consent ledger, and whether its link fits: False where this line, one before it, or
    their order was changed after they were written."""

    line: str
    link: str
    fits: bool


@dataclass(frozen=True, slots=True)
class Ledger:
    """A contact's consent ledger as it stands. ends: whether its last line is the last that was written;
    False where lines were cut off at the end, also where all of them were."""

    lines: tuple[Linked, ...]
    ends: bool

    @property
    def whole(self) -> bool:
        """Whether every line stands as it was written, and none is missing."""
        return self.ends and all(one.fits for one in self.lines)


@dataclass(frozen=True, slots=True)
class Row:
    """A text that must be sent. Texts by key and fill, so no body is stored.

    id: of `row_id`, made with the contact whose turn adds it. contact: to whom; "" = the on-call number of
    the settings. purpose: reminder | encounter (the nudge) | ending (an encounter's last words) | asked (by
    key, in a call) | dropped (a call broke off) | urgent (emergency class) | staff | feed (an opt-out, to
    the clinic's other programmes). An opt-out bars all but the last three. texts: (text key, fill) in order,
    one message. not_before, not_after: epoch seconds; never sent outside. guard: "session" or "enrolment" =
    never sent once that of the contact was written again or ended, after the commit that adds the row;
    "" = whatever happens. protocol: the hash of the one that has the texts; "" = today's. task: the task that
    it tells of, and with which it is written; "" = none."""

    id: str
    contact: str
    purpose: str
    texts: Texts
    language: str
    not_before: float
    not_after: float
    guard: str = ""
    protocol: str = ""
    task: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """What staff owe a person. id: of `task_id`. made_at, due_at, escalated_at: epoch seconds, 0 = not yet.

    state: open | claimed | closed. by: who claimed or closed it. note: what they wrote; sealed in Redis.
    sealed: the note that a new task begins with, sealed by whoever makes it for the row `task:<id>`."""

    id: str
    contact: str
    reason: str
    level: str
    made_at: float
    due_at: float
    state: str = "open"
    by: str = ""
    note: str = ""
    escalated_at: float = 0.0
    sealed: bytes = b""


@dataclass(frozen=True, slots=True)
class Change:
    """What one turn commits. None or empty = leave as it is, except where said.

    reply: the TwiML that a duplicate gets; sealed by the store. session: "" deletes it.
    wake_at: when the clock must look at this encounter, epoch s; None with a session = not at all, None
    without = as it is. enrolment: "" deletes it. due_at: its score in the due set; None with an enrolment =
    not due at all. week: written beside an enrolment that ends, kept for a week. opted_out: True sets the
    mark, which survives everything; False lifts it.
    address: sealed blob of address and sender. outbox: rows to add as pending, no-op where the id exists.
    tasks: to open; where that id is not closed its level may only rise. ledger: JSON lines appended to the
    consent ledger. head: that of the ledger with them, which the store makes.
    events: record events for the shard's stream; whoever makes them seals what is in them.
    segments: what the reply costs as a text; it counts for the day and is never refused."""

    reply: bytes
    session: str | None = None
    wake_at: float | None = None
    enrolment: str | None = None
    due_at: float | None = None
    week: str = ""
    opted_out: bool | None = None
    address: bytes | None = None
    outbox: tuple[Row, ...] = ()
    tasks: tuple[Task, ...] = ()
    ledger: tuple[str, ...] = ()
    head: str = ""
    events: tuple[Mapping[str, str], ...] = ()
    segments: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """How a turn ended: the reply, whether the message was answered before, and the committed change."""

    reply: bytes
    duplicate: bool
    change: Change | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """An outbox row that is yours until the lease runs out.

    token: fences off earlier holders. state: "pending" = send it; "unknown" = reconcile it, never send it
    under this claim; "accepted" = ask the carrier how it ended; "owed" = draw its consequence. tries: how
    often it was claimed for sending, this time counted. looks, asks: the same for reconciling and for
    asking. tried_at: when the last sending began, epoch s. sid: the carrier's id, where it is known."""

    row: Row
    token: int
    state: str
    tries: int = 1
    looks: int = 0
    tried_at: float = 0.0
    sid: str = ""
    asks: int = 0


@dataclass(frozen=True, slots=True)
class Stored:
    """An outbox row as it stands.

    state: pending | sending | accepted | delivered | undelivered | failed | unknown | dropped | parked.
    status, code: what the carrier said last. reason: why it was put off or dropped. look_at: when it is
    next tried, epoch s. sid: the carrier's id. owed: what follows for the person and was not done yet."""

    row: Row
    state: str
    token: int = 0
    sid: str = ""
    status: str = ""
    code: str = ""
    reason: str = ""
    tries: int = 0
    looks: int = 0
    tried_at: float = 0.0
    look_at: float = 0.0
    owed: str = ""
    asks: int = 0


def row_id(contact: str, purpose: str, step: str, local_day: str) -> str:
    """The id of an outbox row: the same cause on the same local day is the same row.

    contact: whose turn adds it, not whom a text to staff goes to; "" = added without a turn."""
    return id_of(contact, "row", purpose, step, local_day)


def task_id(contact: str, encounter: str | int, reason: str) -> str:
    """The id of a staff task: the same cause of one encounter makes one task."""
    return id_of(contact, "task", str(encounter), reason)
