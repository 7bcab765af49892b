"""The follow-up: which text of the programme may leave next, and what a reply to a check-in changes.

Pure: the time, the zones and the sending window are arguments. May not: read a clock, look a zone up by
name, send, or know the store."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from flows import call_slots, discreet
from flows.enrolment import BY_CALL, DISCREET, Enrolment
from flows.protocol import Condition, Level, Programme, Protocol, Step
from flows.window import Window, closing, day_after, instant, last_day, opening

ONSET = "time"  # the question that tells how long it has hurt
NUDGE, CLOSE, END = "nudge", "close", "end"  # step ids of what is no step of the file
DAY7_OPEN = "day7_open"
_WEEK = 7  # days of the weekly cap
_HOURS_TRIED = 40  # days on which a call's hour is looked for: longer than any rest
_LAST_REPLY_H = 48  # so long the reply to the very last check-in is waited for


class Meaning(StrEnum):
    """What a reply to a check-in means."""

    better = "better"
    same = "same"
    worse = "worse"
    new_sign = "new_sign"
    seen = "seen"
    not_seen = "not_seen"


class Action(StrEnum):
    """What the clock does with a due step: send its text, send it and end, or end without a word."""

    send = "send"
    send_and_end = "send_and_end"
    end = "end"


@dataclass(frozen=True, slots=True)
class Due:
    """What may leave next: at which instant (UTC, `now` at the earliest) and until when. `skipped`:
    (step, reason) of every step that is passed over on the way. fill: what stands for the placeholders of
    the text."""

    action: Action
    step: str
    day: int
    at: datetime
    until: datetime
    text: str = ""
    asks: str = ""
    reason: str = ""
    fill: Mapping[str, str] = field(default_factory=dict)
    skipped: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """The check-in that waits for its reply: its id and choices, its day, and whether it is over a week
    since onset.

    day7: it is the one on whose "no better" another check-in follows the day after."""

    id: str
    choices: Mapping[int, str]
    day: int
    over_week: bool
    day7: bool


def enrol(
    protocol: Protocol, answers: Sequence[int], level: Level, language: str, zones: str, now: datetime
) -> Enrolment:
    """Somebody joins: `answers` of the encounter that was finished last (`Session.merged()`), and the
    level it was told.

    now: aware, UTC. zones: a reference (`hotline.zones.of`)."""
    programme = protocol.programme
    told = answers[protocol.places[ONSET]]
    return Enrolment(
        language, zones, int(now.timestamp()), _onset(programme, told), level, _left_out(programme, answers)
    )


def week(enrolment: Enrolment, zones: Sequence[tzinfo]) -> str:
    """The days on which texts of this enrolment and of those before left, as `counting` reads them; only the
    last seven. "" = there was none."""
    joined = last_day(_utc(enrolment.joined_at), zones).toordinal()
    days = {joined + day for day in _bits(enrolment.texted)}
    days |= {joined - 1 - day for day in _bits(enrolment.before)}
    last = max(days, default=0)
    return f"{last}:{sum(1 << last - day for day in days if last - day < _WEEK)}" if days else ""


def counting(enrolment: Enrolment, week: str, zones: Sequence[tzinfo]) -> Enrolment:
    """An enrolment that has just begun, with the texts of that `week` counted: whoever stops and joins again
    gets no more in seven days than anybody."""
    last, _, mask = week.partition(":")
    if not (last.isdecimal() and mask.isdecimal()):
        return enrolment
    joined = last_day(_utc(enrolment.joined_at), zones).toordinal()
    days = [int(last) - day for day in _bits(int(mask))]
    before = sum(1 << joined - 1 - day for day in days if 0 < joined - day < _WEEK)
    return replace(enrolment, before=before, texted=enrolment.texted | int(joined in days))


def _bits(mask: int) -> list[int]:
    return [place for place in range(mask.bit_length()) if mask >> place & 1]


def next_due(
    programme: Programme, enrolment: Enrolment, now: datetime, zones: Sequence[tzinfo], window: Window
) -> Due | None:
    """The next step that may leave and when, or None once the programme is over: delete the enrolment.

    now: aware, UTC. zones: every time zone the person may be in; the text leaves only while the window is
    open in all. One message a local day at most. A tip leaves on its own day or not at all; a check-in up
    to `catch_up_h` hours late, in place of that day's tip; what is later is skipped, never sent in a
    burst. On a day of rest and over the weekly cap a tip is skipped and a check-in waits. With nothing left
    to send but a reply to wait for, comes one Due with Action.end. Source: TELEPHONY §5; CLINICAL."""
    return _Plan(programme, enrolment, now, tuple(zones), window).next()


def passed_over(
    programme: Programme, enrolment: Enrolment, now: datetime, zones: Sequence[tzinfo], window: Window
) -> tuple[tuple[str, str], ...]:
    """(step, reason) of every step whose time went by unsent, for a programme that is over at `now`."""
    return tuple(_Plan(programme, enrolment, now, tuple(zones), window).passed())


def next_look(due: Due | None, now: datetime, zones: Sequence[tzinfo], window: Window) -> datetime:
    """When the clock should look at the enrolment again: at its next step, or the contact's next morning
    if that is sooner.

    So an edited programme acts by the next morning. None of `due` gives that morning."""
    morning = opening(day_after(now, zones), zones, window) or now + timedelta(days=1)
    return min(due.at, morning) if due else morning


def sent(programme: Programme, enrolment: Enrolment, due: Due, now: datetime) -> Enrolment | None:
    """The enrolment after `due` was handed over at `now`; None: the programme is over, delete it."""
    if due.action is not Action.send:
        return None
    at = int(now.timestamp())
    texted = enrolment.texted | 1 << max(due.day, 0)
    after = replace(enrolment, done_day=max(enrolment.done_day, due.day), last_at=at, texted=texted)
    if due.step == NUDGE:
        after = replace(after, nudged=True, asked_at=at)
    if due.asks:
        after = replace(
            after, asks=due.asks, asked_day=due.day if due.step != NUDGE else enrolment.asked_day, asked_at=at
        )
    return after


def checkin_of(programme: Programme, enrolment: Enrolment, now: datetime) -> Waiting | None:
    """The check-in that waits for its reply, or None.

    It waits until the next one, or the programme's end."""
    checkin = programme.checkins.get(enrolment.asks)
    if checkin is None or enrolment.held_at:
        return None
    over = over_week(programme, enrolment, now)
    day7 = enrolment.asked_day == programme.close_after_day
    return Waiting(checkin.id, checkin.choices, enrolment.asked_day, over, day7)


def over_week(programme: Programme, enrolment: Enrolment, now: datetime) -> bool:
    """Whether it has hurt for more than a week, counted from onset.

    Exactly seven days are not over a week."""
    since_joining = int((now - _utc(enrolment.joined_at)) / timedelta(days=1))
    # A reply on the morning of day 7 comes less than 7 x 24 h after an evening's JOIN: the asked day
    # counts whole.
    return enrolment.onset_days + max(since_joining, enrolment.asked_day) > programme.week_days


def reply(programme: Programme, enrolment: Enrolment, meaning: Meaning, now: datetime) -> Enrolment | None:
    """The enrolment after a check-in was answered; None: that was the last step, the programme is over.

    Worse and a new sign hold the programme until `after_encounter`: the questions start again."""
    day7 = enrolment.day7
    if _answers_week(programme, enrolment):
        early = meaning is Meaning.same and not over_week(programme, enrolment, now)
        day7 = "open" if early and enrolment.asked_day == programme.close_after_day else "done"
    after = replace(enrolment, asks="", asked_at=0, day7=day7)
    if meaning in (Meaning.worse, Meaning.new_sign):
        return replace(after, held_at=int(now.timestamp()))
    return after if _left(programme, after) else None


def after_encounter(
    protocol: Protocol, enrolment: Enrolment, answers: Sequence[int], level: Level
) -> Enrolment | None:
    """The enrolment after somebody on the programme finished an encounter; None: the level ends the
    programme.

    Whoever must be seen today gets no reminder. Tips that the new answers forbid are left out from now
    on."""
    if level >= Level.urgent_today:
        return None
    tags = set(enrolment.left_out) | set(_left_out(protocol.programme, answers))
    spoke = enrolment.asked_day >= protocol.programme.close_after_day
    after = replace(
        enrolment,
        left_out=tuple(sorted(tags)),
        level=max(enrolment.level, level),
        held_at=0,
        asks="",
        asked_at=0,
        day7=enrolment.day7 or ("done" if spoke else ""),
    )
    return after if _left(protocol.programme, after) else None


def _utc(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _onset(programme: Programme, told: int) -> int:
    """Days since onset by the mask of choices told;

    0 in `onset_days` stands for not known. The longest one counts."""
    known = [
        days for choice, days in programme.onset_days.items() if choice and told >= 0 and told >> choice & 1
    ]
    return max(known, default=programme.onset_days.get(0, programme.week_days + 1))


def _left_out(programme: Programme, answers: Sequence[int]) -> tuple[str, ...]:
    return tuple(sorted(tag for tag, when in programme.tags.items() if _may_hold(when, tuple(answers))))


def _may_hold(when: Iterable[Condition], answers: tuple[int, ...]) -> bool:
    """Whether the conditions hold, or may: an answer that is not known is never taken for "no"."""
    return all(answers[condition.place] < 0 or condition.holds(answers) for condition in when)


def _answers_week(programme: Programme, enrolment: Enrolment) -> bool:
    return bool(enrolment.asks) and enrolment.asked_day >= programme.close_after_day


def _left(programme: Programme, enrolment: Enrolment) -> bool:
    return any(step.day > enrolment.done_day for step in programme.steps)


CONDITIONS: Mapping[str, Callable[[Enrolment], bool]] = {
    DAY7_OPEN: lambda enrolment: enrolment.day7 != "done"
}
"""What `only_if` of a step may name."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """One look at one enrolment."""

    programme: Programme
    enrolment: Enrolment
    now: datetime
    zones: tuple[tzinfo, ...]
    window: Window

    def next(self) -> Due | None:
        due = self._next()
        return due if due is None or due.action is Action.end else self._with_all_passed(due)

    def passed(self) -> Iterator[tuple[str, str]]:
        for _, steps in self._days():
            due, passed = self._of_day(steps)
            yield from passed
            if due is not None:
                return

    def _next(self) -> Due | None:
        if self.enrolment.held_at:
            return self._end(self.enrolment.held_at, self.programme.nudge_after_h, "unfinished")
        goodbye = self._goodbye()
        if goodbye is not None:
            return goodbye
        nudge = self._nudge()
        skipped: list[tuple[str, str]] = []
        for day, steps in self._days():
            if nudge is not None and day >= nudge.day and not any(step.asks for step in steps):
                return replace(nudge, skipped=tuple(skipped))
            due, passed = self._of_day(steps)
            skipped += passed
            if due is not None:
                return replace(due, skipped=tuple(skipped))
        if nudge is not None:
            return replace(nudge, skipped=tuple(skipped))
        since = self.enrolment.asked_at if self.enrolment.asks else 0
        return self._end(since, _LAST_REPLY_H, "finished")

    def _with_all_passed(self, due: Due) -> Due:
        """Names those too that this message takes the place of: afterwards their days are done."""
        named = {due.step, *(step for step, _ in due.skipped)}
        replaced = [
            (step.id, self._unmeant(step) or "replaced")
            for step in self.programme.steps
            if self.enrolment.done_day < step.day <= due.day and step.id not in named
        ]
        return replace(due, skipped=(*due.skipped, *replaced))

    @property
    def _discreet(self) -> bool:
        return discreet.speaks(self.programme, self.enrolment)

    @property
    def _by_call(self) -> bool:
        return BY_CALL in self.enrolment.left_out

    @property
    def _call_slot(self) -> time:
        return time.fromisoformat(self.programme.call_slots[call_slots.of(self.enrolment)])

    def _slot(self, step: Step) -> time:
        """When the step is meant to leave on its day: a call at the hour that this person chose."""
        return self._call_slot if self._by_call else time.fromisoformat(step.slot)

    def _days(self) -> Iterator[tuple[int, list[Step]]]:
        """The days still to come, each with the steps that are meant for this person."""
        days = sorted({step.day for step in self.programme.steps if step.day > self.enrolment.done_day})
        for day in days:
            yield day, [step for step in self.programme.steps if step.day == day]

    def _of_day(self, steps: Sequence[Step]) -> tuple[Due | None, list[tuple[str, str]]]:
        """The day's one message, and what is passed over with the reason."""
        passed = [(step.id, why) for step in steps if (why := self._unmeant(step))]
        meant = sorted(
            (step for step in steps if not self._unmeant(step)), key=lambda step: not step.replaces
        )
        passed += [(step.id, "replaced") for step in meant[1:]]
        if not meant:
            return None, passed
        due, why = self._step(meant[0])
        return due, passed if due else [*passed, (meant[0].id, why)]

    def _unmeant(self, step: Step) -> str:
        """Why this person does not get the step, or ""."""
        if self._by_call and (not step.asks or step.replaces):
            return BY_CALL  # four calls at most were agreed to
        if self._discreet and not self._by_call and self._words(step)[0] not in self.programme.discreet_texts:
            return DISCREET
        if step.only_if and not CONDITIONS[step.only_if](self.enrolment):
            return step.only_if
        return next((tag for tag in step.leave_out if tag in self.enrolment.left_out), "")

    def _step(self, step: Step) -> tuple[Due | None, str]:
        planned = self._planned(step.day, self._slot(step))
        free = self._free(max(planned, self.now)) if planned else None
        if planned is None or free is None:
            return None, "no_common_hour"
        if not step.asks and not self._room(self._day_of(planned), kept=self._asking_days()):
            return None, "weekly_cap"  # asked by its own day: a later look must not call it late
        at = self._with_room(free) if step.asks else free
        why = "weekly_cap" if at != free else "holiday" if self._day_of(planned) > step.day else "late"
        if at is None or at - planned > timedelta(hours=self.programme.catch_up_h):
            return None, why
        day = self._day_of(at)
        if day > step.day and (not step.asks or self._asks_between(step.day, day)):
            return None, why
        return self._due(step, at, day), ""

    def _due(self, step: Step, at: datetime, day: int) -> Due:
        text, asks = self._words(step)
        until = closing(at, self.zones, self.window)
        if self._by_call:
            until = min(until, at + call_slots.LENGTH)  # held up for longer it would come at another hour
        fill = {"day": str(day)}
        return Due(Action.send, step.id, day, at, until, self._said(text), asks or "", fill=fill)

    def _words(self, step: Step) -> tuple[str, str | None]:
        """The text of a step for this person, and the check-in that it asks."""
        if step.instead is not None and step.instead_for == self.enrolment.level and not self._by_call:
            return step.instead, step.instead_asks
        return step.text, step.asks

    def _said(self, text: str) -> str:
        """The text as it is sent to this person."""
        return discreet.instead(self.programme, text) if self._discreet else text

    def _asks_between(self, after: int, until: int) -> bool:
        """Whether another check-in has its own day there: a late one gives way to it."""
        return any(
            step.asks and after < step.day <= until and not self._unmeant(step)
            for step in self.programme.steps
        )

    def _nudge(self) -> Due | None:
        """Asked once more, 24 h after a check-in, where the next message would be a tip:

        once in a programme."""
        state, last = self.enrolment, max(step.day for step in self.programme.steps)
        if not state.asks or state.nudged or state.asked_day >= last or self._by_call:
            return None
        at = self._free(max(_utc(state.asked_at) + timedelta(hours=self.programme.nudge_after_h), self.now))
        if at is None or self._asks_between(state.asked_day, self._day_of(at)):
            return None
        if not self._room(self._day_of(at), kept=self._asking_days()):
            return None
        until, day = closing(at, self.zones, self.window), self._day_of(at)
        text, fill = self._said(self.programme.nudge_text), {"day": str(day)}
        return Due(Action.send, NUDGE, day, at, until, text, "checkin", fill=fill)

    def _goodbye(self) -> Due | None:
        """Silence on day 7 and on the check-in after it ends the programme with a last text."""
        state = self.enrolment
        if (
            not state.asks
            or state.day7
            or state.asked_day <= self.programme.close_after_day
            or self._by_call  # a goodbye is no check-in: a call for it was not agreed to
            or not _left(self.programme, state)
        ):
            return None
        at = self._free(max(_utc(state.asked_at) + timedelta(hours=self.programme.nudge_after_h), self.now))
        at = self._with_room(at) if at is not None else None
        if at is None:
            return None
        until, text = closing(at, self.zones, self.window), self._said(self.programme.close_text)
        return Due(Action.send_and_end, CLOSE, self._day_of(at), at, until, text, reason="silent")

    def _end(self, since: int, after_h: int, reason: str) -> Due | None:
        """Nothing more to say, but a reply may still come for so long; None: that time is over as well."""
        at = _utc(since) + timedelta(hours=after_h)
        return Due(Action.end, END, self.enrolment.done_day, at, at, reason=reason) if at > self.now else None

    def _planned(self, day: int, slot: time) -> datetime | None:
        """The step's own instant:

        its slot where that comes first; a slot outside the window moves within its day."""
        when = self._joined_day() + timedelta(days=day)
        begins = max(instant(when, time.min, zone) for zone in self.zones)
        at = opening(
            max(begins, min(instant(when, slot, zone) for zone in self.zones)), self.zones, self.window
        )
        if at is None or last_day(at, self.zones) == when:
            return at
        return opening(begins, self.zones, self.window)

    def _free(self, at: datetime) -> datetime | None:
        """The first open minute from `at` on, on a day that had no message yet."""
        if self.enrolment.last_at:
            at = max(at, day_after(_utc(self.enrolment.last_at), self.zones))
        return self._opening(at)

    def _opening(self, at: datetime) -> datetime | None:
        """The first minute from `at` on that is open; for a call, of those that fall into its hour."""
        at_once = opening(at, self.zones, self.window)
        return self._in_hour(at_once) if self._by_call and at_once is not None else at_once

    def _in_hour(self, at: datetime) -> datetime:
        """`at` where the hour that was chosen for calls is not over yet, else the next such hour.

        Zones that are awake together on no day of their own have none: `at`, as for a text."""
        for day in range(self._day_of(at), self._day_of(at) + _HOURS_TRIED):
            begins = self._planned(day, self._call_slot)
            if begins and self._day_of(begins) == day and at < begins + call_slots.LENGTH:
                return max(at, begins)
        return at

    def _with_room(self, at: datetime) -> datetime | None:
        """The first open minute from `at` on, on a day that the weekly cap leaves room for."""
        found: datetime | None = at
        while found is not None and not self._room(self._day_of(found)):
            found = self._opening(day_after(found, self.zones))
        return found

    def _room(self, day: int, kept: frozenset[int] = frozenset()) -> bool:
        """Whether one more text on that day leaves every seven days within the cap, those `kept` counted."""
        texted = {one for one in _bits(self.enrolment.texted) if one < day} | {day} | kept
        texted |= {-1 - one for one in _bits(self.enrolment.before)}
        weeks = (sum(first <= one < first + _WEEK for one in texted) for first in range(day - 6, day + 1))
        return max(weeks) <= self.programme.weekly_cap

    def _asking_days(self) -> frozenset[int]:
        """Days of check-ins to come: a tip never takes their place in the week."""
        return frozenset(
            step.day
            for step in self.programme.steps
            if step.asks and step.day > self.enrolment.done_day and not self._unmeant(step)
        )

    def _joined_day(self) -> date:
        return last_day(_utc(self.enrolment.joined_at), self.zones)

    def _day_of(self, at: datetime) -> int:
        return (last_day(at, self.zones) - self._joined_day()).days
