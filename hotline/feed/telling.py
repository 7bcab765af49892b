"""An opt-out that was said here, passed on to the clinic's other programmes: its outbox row, and the request.

The row is written in the opt-out's own commit, so none is lost, and goes out at least once with the same id.
It belongs to no contact: its number is sealed in it, under nobody's key, so that it outlives the person's
erasure. May not: know Redis, pass on what came by feed, or log a number."""

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime

import requests

from hotline.consent import Decision, Entry, Purpose, readable, record
from hotline.errors import OutboundError, TryLater, Undeliverable
from hotline.feed import signing
from hotline.line import Line
from hotline.numbers import is_number
from hotline.sealing import CannotOpen, normalised
from hotline.store import Change, Row, State, row_id

PURPOSE, CHANNEL = "feed", "feed"
FEED = "optout_feed"  # what such a row holds in place of a text's key
PASSED_ON_BY = "webhook"
_NOBODY = ""
_EVER_S = 10 * 366 * 86_400.0  # a revocation never comes too late: it waits until staff have seen to it
# Not refused for good: their secret, address or server is being put right. Others (a 400) no wait mends.
_MAY_PASS = (401, 403, 404, 408, 425, 429)


def rows(line: Line, contact: str, entry: Entry, number: str) -> tuple[Row, ...]:
    """The outbox row that passes an opt-out on; none where no feed is set, or the number is not known.

    entry: the opt-out's own entry of the ledger. number: the address as the carrier writes it, or ""."""
    told = normalised(number)
    if not line.settings.optout_feed_url or not is_number(told):
        return ()
    id, at = public_id(contact, entry), entry.at.timestamp()
    sealed = line.sealer.seal(_NOBODY, f"{PURPOSE}:{id}", told.encode())
    fill = {
        "of": contact,
        "number": base64.b64encode(sealed).decode(),
        "at": written(entry.at),
        "source": way(entry),
    }
    return (Row(id, "", PURPOSE, ((FEED, fill),), "en", at, at + _EVER_S),)


def public_id(contact: str, entry: Entry) -> str:
    """The id under which an opt-out goes round between the programmes: theirs where it came from them, else
    made of the ledger's entry alone, so that the webhook, the file and a later day all say the same.

    "": the entry is no opt-out."""
    if (entry.purpose, entry.decision) != (Purpose.everything, Decision.withdrawn):
        return ""
    if entry.channel == CHANNEL:
        return entry.source.partition(" ")[0]
    return row_id(contact, PURPOSE, f"{entry.channel}:{entry.source}:{written(entry.at)}", "")


def public_time(entry: Entry) -> str:
    """The time that goes round beside that id: theirs where it came from them, else ours."""
    return (
        entry.source.split(" ")[1] if entry.channel == CHANNEL and " " in entry.source else written(entry.at)
    )


def standing(contact: str, entries: Sequence[Entry]) -> Entry | None:
    """The opt-out that holds now: the first one since they last agreed to anything, which is the one that was
    passed on; who says STOP twice goes round under one id. None: there is none."""
    found = last = None
    for entry in entries:
        if public_id(contact, entry):
            found, last = found or entry, entry
        elif entry.decision is Decision.granted:
            found = None
    return found or last  # what was agreed to since may have been one text, which ends no opt-out


def written(at: datetime) -> str:
    """A time as the feed writes it: UTC, whole seconds."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def way(entry: Entry) -> str:
    """How an opt-out was said, for the other programmes: channel and method; theirs as they told it."""
    if entry.channel == CHANNEL:
        return "".join(entry.source.split(" ", 2)[2:])
    return f"{entry.channel} {entry.method}"


def number_of(line: Line, contact: str) -> str:
    """The number of a contact where it is still known, else "": no opt-out fails for want of it.
    StoreAway."""
    sealed = line.store.turns.address(contact)
    try:
        told = json.loads(line.sealer.open(contact, "address", sealed))[0] if sealed else ""
    except (CannotOpen, ValueError, LookupError, TypeError):
        return ""
    number = normalised(str(told))
    return number if is_number(number) else ""


def tell(line: Line, row: Row) -> None:
    """Passes an opt-out on, and writes into the ledger that it was.

    TryLater: not taken yet. Undeliverable: refused for good, or it cannot be opened. StoreAway: it was told
    and not written down; told again it has the same id."""
    fill = row.texts[0][1]
    try:
        sealed = base64.b64decode(fill["number"])
        number = line.sealer.open(_NOBODY, f"{PURPOSE}:{row.id}", sealed).decode()
    except CannotOpen:
        raise Undeliverable("a number of the opt-out feed cannot be opened: is an old key missing?") from None
    told = {"id": row.id, "number": number, "at": fill["at"], "source": fill["source"]}
    _post(line, json.dumps(told, sort_keys=True).encode())
    note(line, fill["of"], row.id, PASSED_ON_BY, line.now())


def note(line: Line, contact: str, id: str, method: str, now: datetime) -> bool:
    """Writes into the ledger that an opt-out went out to the other programmes; False: it stands there.

    Nobody's ledger is begun by it: who was erased meanwhile stays so. StoreAway."""
    entry = Entry(Purpose.everything, Decision.passed_on, now, CHANNEL, method, source=id)
    before = readable(line.store.turns.ledger(contact))
    if any((one.decision, one.method, one.source) == (entry.decision, method, id) for one in before):
        return False

    def decide(state: State) -> Change:
        return Change(b"", ledger=(record(entry),) if state.head else ())

    taken = line.store.turns.take(contact, f"feed-out:{method}:{id}", decide, now)
    return taken.change is not None and bool(taken.change.ledger)


def _post(line: Line, body: bytes) -> None:
    settings = line.settings
    if not settings.optout_feed_url or not settings.optout_feed_secret.get_secret_value():
        raise TryLater("the opt-out feed is no longer set: what was written for it waits")
    try:
        answer = requests.post(
            settings.optout_feed_url,
            body,
            headers=signing.headers(settings.optout_feed_secret, body, line.now()),
            timeout=settings.send_timeout_s,
            allow_redirects=False,
        )
    except requests.RequestException as fault:
        raise TryLater(f"the opt-out feed does not answer ({type(fault).__name__})") from None
    status = answer.status_code
    if not 200 <= status < 300:
        passes = status in _MAY_PASS or status < 400 or status >= 500
        refused: type[OutboundError] = TryLater if passes else Undeliverable
        raise refused(f"the opt-out feed answered {status}")
