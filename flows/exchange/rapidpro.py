"""The protocol as RapidPro flow JSON (13.x), for RapidPro and what descends from it.

Each answer is kept as a result with a category; the rules are splits on those. A flow counts nothing, so
each try of a question is a wait of its own: "not sure" once more, the misses, and the one try that is left
after a question was lost. An emergency leaves at once, and the emergency number does from every wait. May
not: open files, read a clock."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from flows.exchange.outline import (
    UNSURE,
    Fact,
    Object,
    Unknown,
    Way,
    answer_keys,
    emergency_ways,
    followers,
    language_code,
    level_ways,
    made_id,
    spans,
    told_with,
    wording,
    words,
)
from flows.protocol import Kind, Level, Medium, Protocol, Question
from flows.wording import Say

VERSION, SPEC_VERSION = "13", "13.1.0"
NOT_SURE, OTHER, NO_RESPONSE, EMERGENCY, NONE_TOLD, SOME = (
    "Not sure", "Other", "No Response", "Emergency", "None", "Some",
)  # fmt: skip
UNANSWERED = (NOT_SURE, OTHER, NO_RESPONSE)
DISPOSITION, ENDED = "disposition", "ended"
UNREAD, TIMED_OUT = "unread", "timed_out"
FAIL_SAFE = "fail_safe"
COLUMN_PX, ROW_PX, COLUMNS = 260, 220, 8
DAY_MIN = 1440

Case = tuple[str, list[str], str]  # the kind of test, what it looks for, the category
_Maker = Callable[[str], None]


def export(protocol: Protocol, language: str) -> Object:
    """One export file with one flow. KeyError: the protocol has no such language."""
    return {
        "version": VERSION,
        "flows": [_Writer(protocol, language).flow()],
        "campaigns": [],
        "triggers": [],
        "fields": [],
        "groups": [],
    }


@dataclass(frozen=True, slots=True)
class _Try:
    """One wait of a question: how often the person was not sure and not understood. last: one miss ends."""

    question: Question
    unsure: int = 0
    misses: int = 0
    last: bool = False

    @property
    def name(self) -> str:
        """The name of its nodes."""
        left = "last" if self.last else f"{self.unsure}{self.misses}"
        return f"{self.question.id}_{left}"


@dataclass
class _Writer:
    """One export: nodes are made by name when something leads to them, so that none stands idle."""

    protocol: Protocol
    language: str
    nodes: dict[str, Object] = field(default_factory=dict)
    wanted: list[tuple[str, _Maker]] = field(default_factory=list)
    judge: str = ""
    known: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def flow(self) -> Object:
        """The flow, from its first message to every end."""
        self._say("welcome", [Say.WELCOME], self._next(None))
        while self.wanted:
            name, make = self.wanted.pop(0)
            if name not in self.nodes:
                make(name)
        self._prune()
        limits = self.protocol.limits
        return {
            "uuid": self._id("flow"),
            "name": f"{self.protocol.id} {self.protocol.version}",
            "language": language_code(self.language),
            "type": "messaging",
            "spec_version": SPEC_VERSION,
            "revision": 1,
            "expire_after_minutes": max(DAY_MIN, limits.nudge_after_min + limits.end_after_nudge_min),
            "localization": {},
            "metadata": {"backline": {"protocol": self.protocol.id, "hash": self.protocol.hash}},
            "nodes": list(self.nodes.values()),
            "_ui": {"nodes": {node["uuid"]: _place(n, node) for n, node in enumerate(self.nodes.values())}},
        }

    def _prune(self) -> None:
        """Leave out splits that nothing leads to: a shared one may be asked for before it is known idle."""
        first = next(iter(self.nodes))
        led, found = {self.nodes[first]["uuid"]}, -1
        while found != len(led):
            found = len(led)
            reached = [node for node in self.nodes.values() if node["uuid"] in led]
            led |= {exit["destination_uuid"] for node in reached for exit in node["exits"]}
        self.nodes = {name: node for name, node in self.nodes.items() if node["uuid"] in led}

    # asking

    def _next(self, question: Question | None, *, lost: bool = False) -> str:
        """The node that asks what follows this question, by way of the splits that decide it."""
        found = followers(self.protocol, question)
        name = ""
        for number, follower in reversed(list(enumerate(found))):
            to = self._asked(_Try(follower.question, last=lost)) if follower.question else self._judge()
            if follower.when is None:
                name = to
            else:
                place = f"after_{question.id if question else 'start'}{'_lost' * lost}_{number}"
                name = self._ways(place, ((follower.when,),), to, name)
        return name

    def _asked(self, this: _Try, *before: str) -> str:
        """The node that says the prompt, after other words where it is asked again."""

        def make(name: str) -> None:
            self._say(name, [*before, this.question.text], self._wait(this))

        return self._want(f"ask_{this.name}", make)

    def _wait(self, this: _Try) -> str:
        def make(name: str) -> None:
            cases = [("has_any_word", [self._emergency_number()], EMERGENCY), *self._cases(this.question)]
            leads = {category: self._answered(this.question, category) for _, _, category in cases}
            leads |= {EMERGENCY: self._by_number(), NOT_SURE: self._unsure(this)}
            router = self._router("@input.text", name, cases, leads, {OTHER: self._missed(this)})
            router |= {"result_name": this.question.id, "wait": {"type": "msg"}}
            self._time_out(name, router)
            self._add(name, [], router)

        return self._want(f"wait_{this.name}", make)

    def _time_out(self, name: str, router: Object) -> None:
        """Silence ends the flow as our clock would: with safe words, at the floor."""
        limits, category = self.protocol.limits, self._id("category", name, NO_RESPONSE)
        router["categories"].append(
            {"uuid": category, "name": NO_RESPONSE, "exit_uuid": self._id("exit", name, NO_RESPONSE)}
        )
        seconds = (limits.nudge_after_min + limits.end_after_nudge_min) * 60
        router["wait"]["timeout"] = {"seconds": seconds, "category_uuid": category}
        router["leads"][NO_RESPONSE] = self._end(TIMED_OUT)

    def _answered(self, question: Question, category: str) -> str:
        """Where an answer leads: to the emergency that it completes, or to what is asked next."""
        ways = emergency_ways(self.protocol, question)
        if question.kind is not Kind.list and self._alone(question, ways, category):
            return self._told(Level.emergency_now)
        then = self._next(question)
        if category not in self._completing(question, ways):
            return then
        return self._ways(f"emergency_{question.id}", ways, self._told(Level.emergency_now), then)

    def _completing(self, question: Question, ways: Sequence[Way]) -> set[str]:
        if question.kind is Kind.list:
            return {SOME} if ways else set()
        facts = [fact for way in ways for fact in way if not isinstance(fact, Unknown)]
        own = [fact for fact in facts if fact.place == question.place]
        return {name for fact in own for name in self._categories(question, fact)}

    def _alone(self, question: Question, ways: Sequence[Way], category: str) -> bool:
        """Whether this answer is an emergency whatever else was told."""
        own = [way for way in ways if all(self._place(fact) == question.place for fact in way)]
        return any(all(category in self._categories(question, fact) for fact in way) for way in own)

    def _place(self, fact: Fact) -> int:
        return self.protocol.places[fact.question]

    def _unsure(self, this: _Try) -> str:
        limits = self.protocol.limits
        if this.unsure + 1 >= limits.unsure:
            return self._next(this.question)
        return self._asked(_Try(this.question, this.unsure + 1, this.misses), Say.UNSURE)

    def _missed(self, this: _Try) -> str:
        limits = self.protocol.limits
        if this.last:
            return self._end(UNREAD)
        if this.misses + 1 < limits.misses:
            return self._asked(_Try(this.question, this.unsure, this.misses + 1), Say.NOT_UNDERSTOOD)
        in_a_row = limits.misses_in_a_row[Medium.sms]
        if not this.unsure and in_a_row <= limits.misses:
            return self._end(UNREAD)
        return self._lost(this.question, last=not this.unsure)

    def _lost(self, question: Question, *, last: bool) -> str:
        """No answer came: safe words, and the next question. last: its first miss ends the flow."""

        def make(name: str) -> None:
            words_of_floor = self.protocol.floor_texts[question.floor]
            self._say(name, [words_of_floor], self._next(question, lost=last))

        return self._want(f"lost_{question.id}{'_last' * last}", make)

    # judging

    def _judge(self) -> str:
        """Level by level, the highest first; self-care only after an explicit answer to every question."""
        if not self.judge:
            self.judge = self._explicit()
            for level in sorted(level for level in self.protocol.dispositions if level):
                ways = level_ways(self.protocol, level)
                self.judge = self._ways(f"judge_{level.name}", ways, self._told(level), self.judge)
        return self.judge

    def _explicit(self) -> str:
        """Self-care, where every question that was asked has an answer; else the fail-safe."""
        then = self._told(Level.self_care)
        for question in reversed(self.protocol.questions):
            cases = [("has_only_text", [name], "Answered") for name in self._explicit_names(question)]
            answered = self._split(
                f"answered_{question.id}", f"@results.{question.id}.category", cases, then, self._fail_safe()
            )
            if question.ask_if is None:
                then = answered
            else:
                then = self._ways(f"asked_{question.id}", ((question.ask_if,),), answered, then)
        return then

    def _told(self, level: Level) -> str:
        """The level as a result, then its words: those of a flow that could not be read come first."""

        def make(name: str) -> None:
            result = self._result(name, DISPOSITION, level.name)
            self._act(name, [result], self._how_it_ended(level))

        return self._want(f"disposition_{level.name}", make)

    def _how_it_ended(self, level: Level) -> str:
        then = self._words(level)
        safe = self.protocol.floor_texts.get(level)
        if safe is None:
            return then
        for ended, text in ((UNREAD, safe), (TIMED_OUT, Say.TIMEOUT_END)):
            to = self._tell(f"{ended}_{level.name}", [text])
            cases = [("has_only_text", [ended], "Ended")]
            then = self._split(f"ended_{ended}_{level.name}", f"@results.{ENDED}", cases, to, then)
        return then

    def _words(self, level: Level) -> str:
        told = told_with(self.protocol, level)
        also = list(self.protocol.dispositions[level].also.get(Medium.sms, ()))
        then = ""
        for number, outcome in reversed(list(enumerate(told))):
            to = self._tell(f"tell_{outcome.name}", [outcome.name, *also])
            name = f"words_{level.name}_{number}"
            then = to if outcome.always else self._ways(name, outcome.ways, to, then)
        return then

    def _fail_safe(self) -> str:
        worst = max(self.protocol.floor_texts)
        to = self._tell("tell_fail_safe", [self.protocol.floor_texts[worst]])

        def make(name: str) -> None:
            self._act(name, [self._result(name, DISPOSITION, worst.name)], to)

        return self._want(FAIL_SAFE, make)

    def _end(self, ended: str) -> str:
        """The questions end without an answer; what was told so far is judged."""
        judge = self._judge()

        def make(name: str) -> None:
            self._act(name, [self._result(name, ENDED, ended)], judge)

        return self._want(f"end_{ended}", make)

    def _by_number(self) -> str:
        to = self._tell("tell_by_number", [Say.E_911])

        def make(name: str) -> None:
            self._act(name, [self._result(name, DISPOSITION, Level.emergency_now.name)], to)

        return self._want("emergency_by_number", make)

    # splits

    def _ways(self, name: str, ways: Sequence[Way], yes: str, no: str) -> str:
        """A chain of splits: any of these ways leads to yes."""
        then = no
        for number, way in reversed(list(enumerate(ways))):
            entry = yes
            for part, fact in reversed(list(enumerate(way))):
                operand, cases = self._fact(fact)
                entry = self._split(f"{name}_{number}_{part}", operand, cases, entry, then)
            then = entry
        return then

    def _fact(self, fact: Fact) -> tuple[str, list[Case]]:
        question = self.protocol.question(fact.question)
        if not isinstance(fact, Unknown) and question.kind is Kind.list:
            named = [str(choice.key) for choice in question.choices if fact.mask >> choice.key & 1]
            return f"@results.{question.id}", [("has_any_word", [" ".join(named)], "Told")]
        names = UNANSWERED if isinstance(fact, Unknown) else self._categories(question, fact)
        return f"@results.{question.id}.category", [("has_only_text", [name], "Told") for name in names]

    def _split(self, name: str, operand: str, cases: list[Case], yes: str, no: str) -> str:
        def make(made: str) -> None:
            leads = {category: yes for _, _, category in cases}
            self._add(made, [], self._router(operand, made, cases, leads, {OTHER: no}))

        return self._want(name, make)

    # answers

    def _cases(self, question: Question) -> list[Case]:
        """The replies that a wait understands: whole replies only, so that no "no, but" counts as a no."""
        found: list[Case] = []
        if question.kind is Kind.number:
            found = [
                ("has_number_between", [str(low), str(high)], _span(low, high))
                for low, high in self._spans(question)
            ]
        elif question.kind is Kind.list:
            named = " ".join(str(choice.key) for choice in question.choices)
            found = [("has_any_word", [named], SOME), ("has_only_text", ["0"], NONE_TOLD)]
            found += self._replies(question, "no", NONE_TOLD)
        elif question.kind is Kind.menu:
            found = [("has_only_text", [str(choice.key)], str(choice.key)) for choice in question.choices]
        else:
            found = [*self._replies(question, "yes", "Yes"), *self._replies(question, "no", "No")]
        return [*found, *self._replies(question, UNSURE, self._unsure_name(question))]

    def _replies(self, question: Question, answer: str, category: str) -> list[Case]:
        if (question.id, answer) not in self.known:
            self.known[question.id, answer] = words(self.protocol, self.language, question, answer)
        known = self.known[question.id, answer]
        exact: list[Case] = [("has_only_text", [word], category) for word in known]
        return [*exact, *(("has_only_phrase", [word], category) for word in known)]

    def _unsure_name(self, question: Question) -> str:
        """The category of "not sure": where that is an answer, it shares the answer's."""
        if question.unsure_is is None:
            return NOT_SURE
        keys = answer_keys(question)
        return next(_name(key) for key, mask in keys.items() if mask == question.unsure_is and key != UNSURE)

    def _categories(self, question: Question, fact: Fact) -> tuple[str, ...]:
        """The categories of a question that fulfil a condition on it."""
        assert not isinstance(fact, Unknown)
        if question.kind is Kind.number:
            low_enough = [
                (low, high) for low, high in self._spans(question) if fact.under is None or low < fact.under
            ]
            return tuple(
                _span(low, high) for low, high in low_enough if fact.at_least is None or low >= fact.at_least
            )
        keys = answer_keys(question)
        return tuple(_name(key) for key, mask in keys.items() if mask & fact.mask and key != UNSURE)

    def _explicit_names(self, question: Question) -> tuple[str, ...]:
        if question.kind is Kind.number:
            return tuple(_span(low, high) for low, high in self._spans(question))
        if question.kind is Kind.list:
            return (SOME, NONE_TOLD)
        return tuple(_name(key) for key in answer_keys(question) if key != UNSURE)

    def _spans(self, question: Question) -> tuple[tuple[int, int], ...]:
        return spans(self.protocol, question)

    # nodes

    def _want(self, name: str, make: _Maker) -> str:
        self.wanted.append((name, make))
        return name

    def _say(self, name: str, keys: Sequence[str], to: str) -> None:
        self._act(name, [self._message(name, keys)], to)

    def _tell(self, name: str, keys: Sequence[str]) -> str:
        def make(made: str) -> None:
            self._act(
                made,
                [self._message(made, [key]) | {"uuid": self._id("say", made, key)} for key in keys],
                None,
            )

        return self._want(name, make)

    def _message(self, name: str, keys: Sequence[str]) -> Object:
        text = "\n\n".join(wording(self.protocol, key, self.language) for key in keys)
        return {
            "type": "send_msg",
            "uuid": self._id("say", name),
            "text": text,
            "attachments": [],
            "quick_replies": [],
        }

    def _result(self, name: str, result: str, value: str) -> Object:
        uuid = self._id("result", name)
        return {"type": "set_run_result", "uuid": uuid, "name": result, "value": value, "category": value}

    def _act(self, name: str, actions: list[Object], to: str | None) -> None:
        self._add(name, actions, None, to)

    def _add(self, name: str, actions: list[Object], router: Object | None, to: str | None = None) -> None:
        node: Object = {"uuid": self._id("node", name), "actions": actions}
        if router is None:
            node["exits"] = [self._exit(name, "next", to)]
        else:
            leads: Mapping[str, str] = router.pop("leads")
            node["router"] = router
            node["exits"] = [
                self._exit(name, category["name"], leads[category["name"]])
                for category in router["categories"]
            ]
        self.nodes[name] = node

    def _exit(self, name: str, category: str, to: str | None) -> Object:
        return {
            "uuid": self._id("exit", name, category),
            "destination_uuid": None if to is None else self._id("node", to),
        }

    def _router(
        self,
        operand: str,
        name: str,
        cases: Sequence[Case],
        leads: Mapping[str, str],
        otherwise: Mapping[str, str],
    ) -> Object:
        told = list(dict.fromkeys(category for _, _, category in cases))
        default = next(iter(otherwise))
        return {
            "type": "switch",
            "operand": operand,
            "cases": [self._case(name, number, case) for number, case in enumerate(cases)],
            "categories": [
                {"uuid": self._id("category", name, c), "name": c, "exit_uuid": self._id("exit", name, c)}
                for c in [*told, default]
            ],
            "default_category_uuid": self._id("category", name, default),
            "leads": {**leads, **otherwise},
        }

    def _case(self, name: str, number: int, case: Case) -> Object:
        kind, arguments, category = case
        return {
            "uuid": self._id("case", name, str(number)),
            "type": kind,
            "arguments": arguments,
            "category_uuid": self._id("category", name, category),
        }

    def _emergency_number(self) -> str:
        return self.protocol.placeholders["emergency"].default

    def _id(self, *name: str) -> str:
        return made_id(self.protocol, "rapidpro", self.language, *name)


def _name(key: str) -> str:
    """The category of an answer's key."""
    return key.capitalize()


def _span(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}-{high}"


def _place(number: int, node: Object) -> Object:
    """Where the editor draws a node, and as what."""
    row, column = divmod(number, COLUMNS)
    router = node.get("router", {})
    kind = "wait_for_response" if "wait" in router else "split_by_expression" if router else "execute_actions"
    return {
        "position": {"left": column * COLUMN_PX, "top": row * ROW_PX},
        "type": kind,
        **({"config": {"cases": {}}} if router else {}),
    }
