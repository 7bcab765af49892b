"""The names of all keys in Redis. Each carries its shard's hash tag, `{00}` to `{3f}`, so that what one turn
touches lies in one slot of a Redis Cluster.

May not: reach Redis. A name holds a contact id or a hash, never an address or a carrier's id."""

from hotline.sealing import BASE64URL, SHARDS, digest_of, shard_of

TAGS = tuple(f"{{{shard:02x}}}" for shard in range(SHARDS))
CLOCK = TAGS[0] + ":clock"
PACE = TAGS[0] + ":pace"
ANSWERED = "."  # a field that no contact id can be; commit.lua writes it
TRIES, PARKED = TAGS[0] + ":tries", TAGS[0] + ":parked"


def tag_of(contact: str) -> str:
    """The hash tag of a contact's keys. Raises ValueError: no contact id."""
    return TAGS[shard_of(contact)]


def is_id(text: str) -> bool:
    """Whether this can be the id of a row or a task; it may come from a URL."""
    return len(text) == 24 and text.isascii() and f"{{{text[:2]}}}" in _KNOWN


def tag_of_id(id: str) -> str:
    """The hash tag of a row's or task's keys: both ids begin with their shard.

    Raises ValueError: no such id."""
    if not is_id(id):
        raise ValueError("this is no id of a row or a task")
    return f"{{{id[:2]}}}"


def id_of(contact: str, *parts: str) -> str:
    """An id that is opaque in URLs and the same for the same cause: the shard in two hex digits and 22
    characters.

    Without a contact ("") the parts choose the shard."""
    digest = digest_of(contact, *parts)
    return f"{shard_of(contact or digest):02x}{digest}"


def nobody(tag: str) -> str:
    """A contact id of a shard that nobody has: for rows that no turn adds."""
    return BASE64URL[int(tag[1:3], 16)] + "-" * 21


def session(tag: str, contact: str) -> str:
    """String: the version, a space, the encoded session (empty: none)."""
    return f"{tag}:s:{contact}"


def enrolments(tag: str, contact: str) -> str:
    """Hash of one bucket of a shard, 256 buckets: by contact the version, a space, the encoded enrolment.

    So many that a million enrolments leave each one small enough for Redis to keep it packed."""
    return f"{tag}:e:{contact[1]}{_QUARTERS[contact[2]]}"


def opt_outs(tag: str) -> str:
    """Set: the contacts who opted out. Never expires."""
    return tag + ":o"


def seen(tag: str, message: str) -> str:
    """String: when this message was answered, whole seconds since the epoch."""
    return f"{tag}:i:{message}"


def reply(tag: str, message: str) -> str:
    """String: the sealed reply to a message."""
    return f"{tag}:r:{message}"


def waiting(tag: str) -> str:
    """Sorted set: contacts with an open encounter, by when the clock must look at it."""
    return tag + ":w"


def due(tag: str) -> str:
    """Sorted set: enrolled contacts, by when the clock must look at them."""
    return tag + ":due"


def address(tag: str, contact: str) -> str:
    """String: the sealed address of a contact."""
    return f"{tag}:a:{contact}"


def ledger(tag: str, contact: str) -> str:
    """List: a contact's consent ledger: its head, then a line an entry: its link, a space, the entry. Never
    expires."""
    return f"{tag}:l:{contact}"


def week(tag: str, contact: str) -> str:
    """String: the days on which a contact who left the programme got a text of it. Expires by itself."""
    return f"{tag}:k:{contact}"


def events(tag: str) -> str:
    """Stream: record events of a shard."""
    return tag + ":x"


def ring(tag: str) -> str:
    """Sorted set: outbox rows that are not settled, by when they must be tried; reminders have their own."""
    return tag + ":ring"


def reminders(tag: str) -> str:
    """Sorted set: the same for reminders, which wait where nobody else must."""
    return tag + ":ringr"


def day_use(tag: str, day: int) -> str:
    """Hash: segments sent to each contact on a day (days since the epoch, UTC), answers among them.

    Under `ANSWERED` those of the answers to all contacts of the shard."""
    return f"{tag}:u:{day}"


def day_calls(tag: str, day: int) -> str:
    """Hash: calls placed to each contact on a day (days since the epoch, UTC)."""
    return f"{tag}:u:c{day}"


def counts(tag: str) -> str:
    """Hash: outbox rows by state."""
    return tag + ":n"


def flight(tag: str) -> str:
    """Sorted set: `contact:row` of texts that are being sent, by the end of their lease."""
    return tag + ":f"


def row(tag: str, id: str) -> str:
    """Hash: one outbox row."""
    return f"{tag}:b:{id}"


def open_tasks(tag: str) -> str:
    """Sorted set: tasks that are not closed, by when they are due."""
    return tag + ":t"


def closed_tasks(tag: str) -> str:
    """Sorted set: closed tasks, by when they were closed."""
    return tag + ":tc"


def task(tag: str, id: str) -> str:
    """Hash: one staff task."""
    return f"{tag}:t:{id}"


def version(tag: str, hash: str) -> str:
    """String: the source files of a protocol, compressed."""
    return f"{tag}:p:{hash}"


_KNOWN = frozenset(TAGS)
_QUARTERS = {letter: "abcd"[place // 16] for place, letter in enumerate(BASE64URL)}
