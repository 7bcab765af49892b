"""What must hold in every run: nobody at night, twice, early or after a stop, and no step without its reason.

Looks at the carrier's ledger, at what people did, and at the line's record, with the plainest arithmetic
there is. May not: use the line's own reckoning of hours, days or opt-outs."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from benchmarks.virtual.carrier import Text
from benchmarks.virtual.people import Deed, Person
from benchmarks.virtual.world import World
from flows.protocol import Programme, Step
from hotline.store.keys import TAGS

OPENS, CLOSES = time(9), time(20)
KINDS = ("at_night", "twice", "two_a_day", "after_stop", "early", "on_a_day_of_rest", "without_reason")
STOP_OR_JOIN = ("stopped", "joined")
_EDIT = timedelta(days=2)  # so long after an edit a step may still leave by the programme before
_PAGE = 5000
Event = Mapping[str, str]


@dataclass
class Report:
    """What was found, by kind, each with an example that names no number."""

    texts: int = 0
    enrolments: int = 0
    reminders: int = 0
    found: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)

    def wrong(self, kind: str, example: str) -> None:
        """Counts one, and keeps the first as the example."""
        self.found[kind] += 1
        self.examples.setdefault(kind, example)

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.found


@dataclass(frozen=True, slots=True)
class Spell:
    """One enrolment of one person, from joining to the next joining: its reminders and its record."""

    person: Person
    joined: Deed
    until: Deed | None
    texts: Sequence[tuple[Text, str]]
    events: Sequence[Event]


def check(world: World, rests: frozenset[date] = frozenset()) -> Report:
    """The report of a run that is over at the world's time."""
    report, record = Report(texts=len(world.wire.texts)), _record(world)
    kept = [m for m in world.wire.carrier.messages() if m.direction == "outbound-api"]
    if len(kept) != len(world.wire.texts):
        report.wrong("twice", "the carrier's ledger has another number of texts than were handed over")
    by_number: dict[str, list[Text]] = {}
    for text in world.wire.texts:
        by_number.setdefault(text.number, []).append(text)
    for contact, person in world.people.items():
        _Checker(world, report, rests).person(
            person, by_number.get(person.number, []), record.get(contact, [])
        )
    return report


def _record(world: World) -> dict[str, list[Event]]:
    """The record events of everybody, oldest first."""
    found: dict[str, list[Event]] = {}
    for shard in range(len(TAGS)):
        after = "0"
        while page := world.line.store.turns.events(shard, after, _PAGE):
            after = page[-1][0]
            for _, event in page:
                found.setdefault(event["contact"], []).append(event)
    return found


@dataclass(frozen=True, slots=True)
class _Checker:
    world: World
    report: Report
    rests: frozenset[date]

    def person(self, person: Person, texts: Sequence[Text], events: Sequence[Event]) -> None:
        rows = {event["row"]: event["step"] for event in events if event.get("kind") == "reminder_due"}
        self.stops(person, texts, set(rows))
        self.rows_once(texts)
        reminders = [(text, rows[text.row]) for text in texts if text.row in rows]
        self.report.reminders += len(reminders)
        self.days(person, reminders)
        for spell in _spells(person, reminders, events):
            self.report.enrolments += 1
            self.spell(spell)

    def stops(self, person: Person, texts: Sequence[Text], reminders: Set[str]) -> None:
        """From a stop on there is no text at all. START lets the line end the conversations that they begin
        themselves; a reminder comes only once they join anew."""
        for text in texts:
            turns = STOP_OR_JOIN if text.row in reminders else (*STOP_OR_JOIN, "started")
            before = [deed for deed in person.deeds if deed.kind in turns and deed.order < text.order]
            if before and before[-1].kind == "stopped":
                what = self.purpose(text)
                self.report.wrong("after_stop", f"{what} at {text.at} after a stop at {before[-1].at}")

    def purpose(self, text: Text) -> str:
        stored = self.world.line.store.outbox.read(text.row)
        return stored.row.purpose if stored is not None else "a text of no row"

    def rows_once(self, texts: Sequence[Text]) -> None:
        for row, times in Counter(text.row for text in texts).items():
            if times > 1:
                self.report.wrong("twice", f"row {row} left {times} times")

    def days(self, person: Person, reminders: Sequence[tuple[Text, str]]) -> None:
        """Hours and days where the person truly was."""
        days: Counter[date] = Counter()
        for text, step in reminders:
            zone = ZoneInfo(_deed_before(person, text).zone)
            local = text.at.astimezone(zone)
            last = (text.at + timedelta(seconds=text.valid_s)).astimezone(zone)
            late = last.date() != local.date() or last.time() > CLOSES
            if not OPENS <= local.time() < CLOSES or late:
                self.report.wrong("at_night", f"{step} at {local}, to be delivered until {last}")
            if local.date() in self.rests:
                self.report.wrong("on_a_day_of_rest", f"{step} at {local}")
            days[local.date()] += 1
        for day, count in days.items():
            if count > 1:
                self.report.wrong("two_a_day", f"{count} on {day}")

    def spell(self, spell: Spell) -> None:
        for step, times in Counter(step for _, step in spell.texts).items():
            if times > 1:
                self.report.wrong("twice", f"{step} left {times} times")
        for text, step in spell.texts:
            earliest = self.earliest(spell, text, step)
            if earliest is not None and text.at < earliest:
                self.report.wrong("early", f"{step} at {text.at}, not before {earliest}")
        self.reasons(spell)

    def earliest(self, spell: Spell, text: Text, id: str) -> datetime | None:
        """When the step's slot comes first where the person may be, by any programme that was in force."""
        deed = _deed_before(spell.person, text)
        where = [ZoneInfo(name) for name in deed.candidates]
        joined = max(spell.joined.at.astimezone(zone).date() for zone in where)
        if deed.kind == "moved":  # the day of joining as it was in either place
            old = [ZoneInfo(name) for name in spell.joined.candidates]
            joined = min([joined, *(spell.joined.at.astimezone(zone).date() for zone in old)])
        steps = [step for programme in self.in_force(text.at) for step in programme.steps if step.id == id]
        return min((_slot(step, joined, zone) for step in steps for zone in where), default=None)

    def in_force(self, at: datetime) -> Iterator[Programme]:
        """The programmes that may have planned something that left at that moment."""
        since = [begun for begun, _ in self.world.programmes]
        first = max(bisect_right(since, at - _EDIT) - 1, 0)
        for begun, programme in self.world.programmes[first:]:
            if begun <= at:
                yield programme

    def reasons(self, spell: Spell) -> None:
        """Every step of the programme left, or has a reason in the record why it did not."""
        events = spell.events
        due = {event["step"]: event["row"] for event in events if event.get("kind") == "reminder_due"}
        why = {event["step"]: event["reason"] for event in events if event.get("kind") == "reminder_skipped"}
        ends = [event["reason"] for event in events if event.get("kind") == "programme_ended"]
        self.report.skipped.update(why.values())
        self.report.ended.update(ends)
        self.rows_settled(spell, due)
        if "" in why.values():
            self.report.wrong("without_reason", "a step was skipped without a word")
        for step in self.expected(spell, set(due) | set(why), ends):
            if step not in due and step not in why:
                self.report.wrong("without_reason", f"{step} is nowhere; the programme ended: {ends}")

    def rows_settled(self, spell: Spell, due: Mapping[str, str]) -> None:
        """A step that was due and did not leave has its reason in its row."""
        left = {text.row for text, _ in spell.texts}
        for step, row in due.items():
            if row in left:
                continue
            stored = self.world.line.store.outbox.read(row)
            reason = stored.reason if stored is not None and stored.state == "dropped" else ""
            self.report.dropped[reason] += 1
            if not reason:
                state = stored.state if stored is not None else "gone"
                self.report.wrong("without_reason", f"{step} was due and its row is {state}")

    def expected(self, spell: Spell, told: set[str], ends: Sequence[str]) -> list[str]:
        """The steps whose time came: all where the programme ran to its end, else those before the last one
        that was told. Steps that an edit moved, added or took away are left to the other checks."""
        stable = _stable([programme for _, programme in self.world.programmes])
        last = max((step.day for step in stable if step.id in told), default=0)
        ran_out = any(reason in ("over", "finished") for reason in ends)
        return [step.id for step in stable if ran_out or step.day < last]


def _spells(
    person: Person, reminders: Sequence[tuple[Text, str]], events: Sequence[Event]
) -> Iterator[Spell]:
    joins = [deed for deed in person.deeds if deed.kind == "joined"]
    for joined, until in zip(joins, [*joins[1:], None], strict=True):
        texts = [
            (text, step)
            for text, step in reminders
            if text.order > joined.order and (until is None or text.order < until.order)
        ]
        first, last = joined.at.timestamp(), until.at.timestamp() if until else float("inf")
        yield Spell(person, joined, until, texts, [e for e in events if first <= float(e["at"]) < last])


def _deed_before(person: Person, text: Text) -> Deed:
    """What was so when a text left: where they were, and what the line knew of it."""
    return [deed for deed in person.deeds if deed.order < text.order][-1]


def _slot(step: Step, joined: date, zone: ZoneInfo) -> datetime:
    wall = datetime.combine(joined + timedelta(days=step.day), time.fromisoformat(step.slot), zone)
    return wall.astimezone(UTC)


def _stable(programmes: Sequence[Programme]) -> list[Step]:
    """Steps that have the same day in every programme of the run."""
    everywhere = [{step.id: step.day for step in programme.steps} for programme in programmes]
    return [step for step in programmes[0].steps if all(days.get(step.id) == step.day for days in everywhere)]
