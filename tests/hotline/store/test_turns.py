"""What somebody who texts sees of the store: one answer, nothing lost, nothing applied twice."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from hotline.errors import StoreAway
from hotline.sealing import Sealer
from hotline.store import Change, State, Store, Task, task_id
from tests.hotline.store.conftest import ADDRESS, NOW, MakeRow, Raw, saying


def adding(word: str) -> Callable[[State], Change]:
    """A decision that appends a word to the session and answers with the whole."""

    def decide(state: State) -> Change:
        session = f"{state.session} {word}".strip()
        return Change(f"<Response>{session}</Response>".encode(), session=session, events=({"word": word},))

    return decide


def test_a_new_contact_is_empty_and_a_turn_is_there_afterwards(store: Store, contact: str) -> None:
    """The state as committed, with a version that moved."""
    assert store.turns.read(contact) == State()
    change = Change(b"hi", session="[1]", enrolment='{"step":1}', due_at=9.0, opted_out=True, address=b"blob")
    taken = store.turns.take(contact, "SM1", lambda state: change, NOW)
    assert (taken.reply, taken.duplicate, taken.change) == (b"hi", False, change)
    after = store.turns.read(contact)
    assert (after.session, after.enrolment, after.opted_out, after.addressed) == (
        "[1]",
        '{"step":1}',
        True,
        True,
    )
    assert after.version > 0
    assert store.turns.address(contact) == b"blob"


def test_a_duplicate_gets_the_same_bytes_and_changes_nothing(store: Store, contact: str) -> None:
    """Up to 15 minutes later, even when other texts came in between."""
    first = store.turns.take(contact, "SM1", adding("one"), NOW)
    store.turns.take(contact, "SM2", adding("two"), NOW)
    again = store.turns.take(contact, "SM1", adding("three"), NOW + timedelta(minutes=15))
    assert again.reply == first.reply
    assert (again.duplicate, again.change) == (True, None)
    assert store.turns.read(contact).session == "one two"


def test_yesterdays_message_replayed_gets_nothing_and_changes_nothing(store: Store, contact: str) -> None:
    """After `reply_keep_min` the answer is empty."""
    store.turns.take(contact, "SM1", adding("one"), NOW)
    replayed = store.turns.take(contact, "SM1", adding("two"), NOW + timedelta(minutes=16))
    assert (replayed.reply, replayed.duplicate) == (b"", True)
    assert store.turns.read(contact).session == "one"


def test_one_message_delivered_five_times_at_once_is_one_turn(store: Store, contact: str) -> None:
    """All five get the byte-equal reply."""
    start = threading.Barrier(5)

    def deliver(place: int) -> bytes:
        start.wait()
        return store.turns.take(contact, "SM1", adding(f"w{place}"), NOW).reply

    with ThreadPoolExecutor(5) as pool:
        replies = set(pool.map(deliver, range(5)))
    assert len(replies) == 1
    assert len(store.turns.read(contact).session.split()) == 1


def test_texts_of_one_person_at_once_are_all_heard_one_after_the_other(store: Store, contact: str) -> None:
    """No word is lost, and each reply shows exactly the words before it."""
    start = threading.Barrier(8)

    def send(place: int) -> list[bytes]:
        start.wait()
        return [
            store.turns.take(contact, f"SM{place}-{count}", adding(f"{place}.{count}"), NOW).reply
            for count in range(20)
        ]

    with ThreadPoolExecutor(8) as pool:
        replies = [reply for one in pool.map(send, range(8)) for reply in one]
    words = store.turns.read(contact).session.split()
    assert sorted(words) == sorted(f"{place}.{count}" for place in range(8) for count in range(20))
    assert {len(reply.split()) for reply in replies} == set(range(1, 161))


def test_a_turn_that_never_settles_ends_in_the_safe_words(store: Store, contact: str) -> None:
    """Somebody whose state moves during every try is told safe words instead of waiting for ever."""

    def decide(state: State) -> Change:
        store.turns.take(contact, "", adding("x"), NOW)
        return Change(b"late")

    with pytest.raises(StoreAway):
        store.turns.take(contact, "SM1", decide, NOW)


def test_what_a_change_does_not_name_stays(store: Store, contact: str) -> None:
    """A HELP in mid-encounter leaves session, wake-up, enrolment, due score and opt-out as they are."""
    first = saying(session="[1]", wake_at=5.0, enrolment="[2]", due_at=6.0, opted_out=True, address=b"a")
    store.turns.take(contact, "SM1", first, NOW)
    before = store.turns.read(contact)
    store.turns.take(contact, "SM2", saying(), NOW)
    assert store.turns.read(contact) == before
    assert store.turns.waiting(NOW, 10, 5) == [contact]
    assert store.due.claim(NOW, 10, 5) == [contact]


def test_an_ended_encounter_is_no_longer_waited_for(store: Store, contact: str) -> None:
    """A session without a wake-up time leaves the waiting set; an open one is handed out once a lease."""
    store.turns.take(contact, "SM1", saying(session="[1]", wake_at=NOW.timestamp() + 60), NOW)
    assert store.turns.waiting(NOW, 10, 5) == []
    later = NOW + timedelta(seconds=61)
    assert store.turns.waiting(later, 10, 5) == [contact]
    assert store.turns.waiting(later, 10, 5) == []
    assert store.turns.waiting(later + timedelta(seconds=6), 10, 5) == [contact]
    store.turns.take(contact, "SM2", saying(session="[2]"), later)
    assert store.turns.waiting(later + timedelta(days=1), 10, 5) == []


def test_the_version_moves_whatever_is_taken_away(store: Store, contact: str) -> None:
    """Deleting session or enrolment, and an opt-out alone, are seen by somebody who read before."""
    versions = [0]
    for change in (
        {"enrolment": "[1]"},
        {"enrolment": ""},
        {"opted_out": True},
        {"session": "s"},
        {"session": ""},
    ):
        store.turns.take(contact, "", saying(**change), NOW)
        versions.append(store.turns.read(contact).version)
    assert versions == sorted(set(versions))
    assert store.turns.read(contact).opted_out


def test_an_opt_out_is_lifted_only_by_saying_so(store: Store, contact: str) -> None:
    """True sets it, None keeps it, False lifts it."""
    seen = []
    for mark in (True, None, False):
        store.turns.take(contact, "", saying(session="x", opted_out=mark), NOW)
        seen.append(store.turns.read(contact).opted_out)
    assert seen == [True, True, False]


def test_the_consent_ledger_is_kept_in_order_and_for_ever(store: Store, contact: str, raw: Raw) -> None:
    """Lines of all turns; neither it nor the opt-out mark ever expires."""
    store.turns.take(contact, "SM1", saying(ledger=('{"in":1}', '{"out":2}'), opted_out=True), NOW)
    store.turns.take(contact, "SM2", saying(ledger=('{"in":3}',)), NOW)
    assert store.turns.ledger(contact) == ['{"in":1}', '{"out":2}', '{"in":3}']
    lasting = [key for key in raw.keys("*") if key.endswith(b":o") or b":l:" in key]
    assert len(lasting) == 2
    assert all(raw.ttl(key) == -1 for key in lasting)


def test_record_events_are_appended_by_the_commit_itself(store: Store, contact: str, sealer: Sealer) -> None:
    """Each turn's events stand in its shard's stream, a duplicate's do not."""
    for id in ("SM1", "SM1", "SM2"):
        store.turns.take(contact, id, saying(events=({"kind": "heard", "id": id}, {})), NOW)
    told = store.turns.events(sealer.shard_of(contact))
    assert [fields for _, fields in told] == [{"kind": "heard", "id": "SM1"}, {"kind": "heard", "id": "SM2"}]


def test_a_turn_takes_two_round_trips_and_a_duplicate_one(
    store: Store, contact: str, make_row: MakeRow, raw: Raw
) -> None:
    """Counted by the server: whatever a turn changes."""
    everything = saying(
        session="s", wake_at=1.0, enrolment="e", due_at=2.0, opted_out=False, address=b"a",
        outbox=(make_row(),), tasks=(Task(task_id(contact, 1, "r"), contact, "r", "urgent_today", 1.0, 2.0),),
        ledger=("{}",), events=({"a": "b"},),
    )  # fmt: skip
    store.turns.take(contact, "SM0", everything, NOW)
    sent = []
    for id in ("SM1", "SM1"):
        raw.config_resetstat()
        store.turns.take(contact, id, everything, NOW)
        stats = raw.info("commandstats")
        sent.append(stats["cmdstat_evalsha"]["calls"])
        assert "cmdstat_eval" not in stats
    assert sent == [2, 1]


def test_redis_may_forget_our_scripts(store: Store, contact: str, raw: Raw) -> None:
    """A SCRIPT FLUSH or a restart heals by itself, in turns and in the clock's batches."""
    store.turns.take(contact, "SM1", saying(enrolment="e", due_at=1.0), NOW)
    raw.script_flush()
    assert store.turns.take(contact, "SM2", adding("two"), NOW).reply == b"<Response>two</Response>"
    raw.script_flush()
    assert store.due.claim(NOW, 10, 5) == [contact]


def test_every_key_of_a_turn_lies_in_one_slot_and_none_is_hidden_from_a_cluster(
    store: Store, contact: str, make_row: MakeRow, raw: Raw
) -> None:
    """All keys carry the contact's tag, and the server finds each key a command touched among its KEYS."""
    task = Task(task_id(contact, 1, "r"), contact, "r", "urgent_today", 1.0, 2.0)
    everything = saying(
        session="s", wake_at=1.0, enrolment="e", due_at=2.0, opted_out=True, address=b"a",
        outbox=(make_row(),), tasks=(task,), ledger=("{}",), events=({"a": "b"},),
    )  # fmt: skip
    asked: list[tuple[object, ...]] = []
    send = store._wire._send
    store._wire._send = lambda *words: asked.append(words) or send(*words)  # type: ignore[func-returns-value]
    store.turns.take(contact, "SM1", everything, NOW)
    row = make_row()
    claimed = store.outbox.claim(row.id, NOW, 30)
    store.tasks.close(task.id, "ann", "done", NOW)
    assert claimed is None, "opted out"
    scripts = [words for words in asked if words[0] in ("EVAL", "EVALSHA")]
    named = {key for words in scripts for key in words[3 : 3 + int(str(words[2]))]}
    present = {key.decode() for key in raw.keys("*")}
    assert len(present) >= 13
    assert present <= named
    tag = f"{{{Sealer.shard_of(contact):02x}}}"
    assert all(str(key).startswith(tag + ":") for key in named)


def test_a_row_or_task_of_another_contact_cannot_slip_into_a_turn(
    store: Store, contact: str, sealer: Sealer, make_row: MakeRow
) -> None:
    """It would not be one atomic step on a cluster: refused before anything is saved."""
    others = (sealer.contact_of(f"call:{number}") for number in range(100))
    other = next(one for one in others if sealer.shard_of(one) != sealer.shard_of(contact))
    with pytest.raises(ValueError, match="task_id"):
        store.turns.take(other, "SM1", saying(session="s", outbox=(make_row(),)), NOW)
    assert store.turns.read(other) == State()


def test_nobody_who_reads_redis_finds_a_number_or_what_was_said(
    store: Store, contact: str, sealer: Sealer, make_row: MakeRow, raw: Raw
) -> None:
    """Keys and values of all kinds, and the append-only file."""
    blob = sealer.seal(contact, "address", ADDRESS.encode())
    said = b"<Response><Message>numb leg, bladder</Message></Response>"
    task = Task(task_id(contact, 1, "bladder"), contact, "flag", "urgent_today", 1.0, 2.0)
    change = saying(
        said, session="[1]", address=blob, outbox=(make_row(),), tasks=(task,), events=({"a": "b"},)
    )
    store.turns.take(contact, "SM0123", change, NOW)
    store.tasks.close(task.id, "ann", "called +12025550143, leg numb", NOW)
    dump = b"\n".join(key + b" " + everything(raw, key) for key in raw.keys("*"))
    assert len(dump) > 800
    for readable in (b"5550143", b"numb", b"bladder", b"SM0123", b"Message"):
        assert readable not in dump
    assert store.turns.take(contact, "SM0123", change, NOW).reply == said
    assert store.tasks.read(task.id).note == "called +12025550143, leg numb"


def everything(raw: Raw, key: bytes) -> bytes:
    """What a key holds, as its commands tell it (a dump would be compressed)."""
    kind = raw.type(key).decode()
    readers: dict[str, tuple[str, ...]] = {
        "string": ("GET",),
        "hash": ("HGETALL",),
        "set": ("SMEMBERS",),
        "zset": ("ZRANGE", "0", "-1"),
        "list": ("LRANGE", "0", "-1"),
        "stream": ("XRANGE", "-", "+"),
    }
    name, *rest = readers[kind]
    told = raw.execute_command(name, key, *rest)
    return told if isinstance(told, bytes) else repr(told).encode()


def test_everything_but_consent_enrolments_and_open_work_is_cleaned_away(
    store: Store, contact: str, raw: Raw
) -> None:
    """Session, address, ids and replies have an end; the reply's is the shortest."""
    store.turns.take(contact, "SM1", saying(session="[1]", address=b"a"), NOW)
    left = {key.split(b":")[1]: raw.ttl(key) for key in raw.keys("*")}
    assert (
        0 < left[b"r"] <= 900 < left[b"i"] <= 48 * 3600 < left[b"s"] <= 9 * 86_400 < left[b"a"] <= 30 * 86_400
    )


def test_a_session_costs_under_230_bytes(store: Store, contact: str, raw: Raw) -> None:
    """With its key, for a session of 100 characters."""
    store.turns.take(contact, "", saying(session="s" * 100), NOW)
    (key,) = raw.keys("*:s:*")
    assert raw.memory_usage(key) < 230


def test_a_changed_line_of_the_ledger_breaks_its_link(store: Store, contact: str, raw: Raw) -> None:
    """Whoever can write to Redis cannot make the link anew: it is a keyed hash."""
    for id in ("SM1", "SM2", "SM3"):
        store.turns.take(contact, id, saying(ledger=(f'{{"in":"{id}"}}',)), NOW)
    assert fits(store, contact) == [True, True, True] and store.turns.proof(contact).whole
    [key] = [key for key in raw.keys("*") if b":l:" in key]
    raw.lset(key, 2, raw.lindex(key, 2).replace(b"SM2", b"SM9"))
    assert fits(store, contact) == [True, False, True] and not store.turns.proof(contact).whole


def fits(store: Store, contact: str) -> list[bool]:
    return [linked.fits for linked in store.turns.proof(contact).lines]


@pytest.mark.parametrize("left", [2, 1, 0])
def test_lines_cut_off_at_the_end_of_the_ledger_are_missed(
    store: Store, contact: str, raw: Raw, left: int
) -> None:
    """What is left fits, line by line; the head does not, also once more was written behind it."""
    for id in ("SM1", "SM2", "SM3"):
        store.turns.take(contact, id, saying(ledger=(f'{{"in":"{id}"}}',)), NOW)
    [key] = raw.keys("*:l:*")
    raw.ltrim(key, 0, left)
    assert fits(store, contact) == [True] * left and not store.turns.proof(contact).ends
    store.turns.take(contact, "SM4", saying(ledger=('{"in":"SM4"}',)), NOW)
    assert fits(store, contact) == [True] * left + [False] and not store.turns.proof(contact).whole


def test_a_ledger_without_its_head_is_not_whole(store: Store, contact: str, raw: Raw) -> None:
    """Nor does a line's own link do as one."""
    assert store.turns.proof(contact).whole, "who never agreed to anything has none"
    for id in ("SM1", "SM2"):
        store.turns.take(contact, id, saying(ledger=(f'{{"in":"{id}"}}',)), NOW)
    [key] = raw.keys("*:l:*")
    raw.ltrim(key, 0, 1)
    raw.lset(key, 0, raw.lindex(key, 1).partition(b" ")[0])
    assert not store.turns.proof(contact).whole
    raw.lpop(key)
    assert not store.turns.proof(contact).whole
