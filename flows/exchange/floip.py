"""The protocol as a Flow Spec container (FLOIP): the container alone reaches the same level as our engine.

Every way on is an explicit test; every default exit leads to the fail-safe, never to self-care. What the
format has no word for (tries, waits, staff tasks, the reminder programme) stands under `backline` in the
vendor metadata. May not: open files, read a clock."""

from collections.abc import Iterable, Iterator, Sequence

from flows.exchange.outline import (
    UNSURE,
    Fact,
    Object,
    Outcome,
    Unknown,
    Way,
    answer_keys,
    emergency_ways,
    followers,
    language_code,
    level_ways,
    made_id,
    told_with,
    wording,
)
from flows.protocol import Condition, Kind, Level, Medium, Protocol, Question
from flows.wording import Say, media_of
from flows.wording import wording as raw_wording

SPECIFICATION = "1.0.0-rc3"
NAMESPACE = "backline"
FAIL_SAFE = "disposition_fail_safe"
NOT_CARRIED = (
    "danger words, self-harm words, opt-out and help words in free text: the platform must hear them itself",
    "second tries of a question, the nudge and the time-out: see `limits` and each question's `tries`",
    "a result of the last day, follow-up enrolment and staff tasks: see `programme` and each disposition",
)


def container(protocol: Protocol, language: str, modified: str) -> Object:
    """The whole container. modified: when the protocol was last changed, RFC 3339 in UTC.

    KeyError: the protocol has no such language."""
    return _Writer(protocol, language).container(modified)


class _Writer:
    """One export: the blocks, and the resources they needed so far."""

    def __init__(self, protocol: Protocol, language: str) -> None:
        self.protocol, self.language = protocol, language
        self.spoken_in = protocol.languages[language].spoken_in
        self.code = language_code(language)
        self.resources: dict[str, Object] = {}
        self.order = sorted(protocol.dispositions, reverse=True)

    def container(self, modified: str) -> Object:
        """The container around the one flow."""
        protocol = self.protocol
        flow = self._flow(modified)
        return {
            "specification_version": SPECIFICATION,
            "uuid": self._id("container"),
            "name": protocol.id,
            "description": f"{protocol.id} {protocol.version}, generated; change the protocol, not this file",
            "vendor_metadata": {
                NAMESPACE: {
                    "protocol": protocol.id,
                    "version": protocol.version,
                    "hash": protocol.hash,
                    "not_carried": list(NOT_CARRIED),
                }
            },
            "flows": [flow],
            "resources": list(self.resources.values()),
        }

    def _flow(self, modified: str) -> Object:
        limits = self.protocol.limits
        blocks = list(self._blocks())
        name = self.protocol.languages[self.language].name
        return {
            "uuid": self._id("flow"),
            "name": self.protocol.id,
            "last_modified": modified,
            "interaction_timeout": (limits.nudge_after_min + limits.end_after_nudge_min) * 60,
            "supported_modes": ["SMS", "IVR"],
            "languages": [
                {"id": self.code, "label": name, "iso_639_3": self.code, "bcp_47": self.spoken_in},
            ],
            "vendor_metadata": {NAMESPACE: self._beside()},
            "blocks": blocks,
            "first_block_id": blocks[0]["uuid"],
            "exit_block_id": self._id("block", FAIL_SAFE),
        }

    # the blocks

    def _blocks(self) -> Iterator[Object]:
        yield self._message("welcome", Say.WELCOME, self._first_question())
        for question in self.protocol.questions:
            yield self._ask(question)
            yield from self._after(question)
        yield self._judge()
        for level in self.order:
            yield from self._disposition(level)
        worst = max(self.protocol.floor_texts)
        yield self._output(FAIL_SAFE, worst, "tell_fail_safe")
        yield self._message("tell_fail_safe", self.protocol.floor_texts[worst], None, level=worst)

    def _first_question(self) -> str:
        first = followers(self.protocol, None)[0].question
        assert first is not None
        return f"answer_{first.id}"

    def _ask(self, question: Question) -> Object:
        name = f"answer_{question.id}"
        config: Object = {"prompt": self._text(question.text)}
        after = f"after_{question.id}"
        if question.kind is Kind.number:
            config |= {"validation_minimum": question.low, "validation_maximum": question.high}
            config["ivr"] = {"max_digits": len(str(question.high))}
            exits = [self._exit(name, "answered", after)]
        else:
            keys = [*dict.fromkeys([*answer_keys(question), UNSURE])]
            config["choices"] = {key: self._word(key) for key in keys}
            if question.kind is Kind.list:
                exits = [self._exit(name, "answered", after, "COUNT(block.value) > 0")]
            else:
                exits = [
                    self._exit(name, key, self._way_of(question, key), f'block.value = "{key}"')
                    for key in keys
                ]
        types = {Kind.number: "NumericResponse", Kind.list: "SelectManyResponse"}
        kind = f"MobilePrimitives.{types.get(question.kind, 'SelectOneResponse')}"
        block = self._block(name, kind, config, [*exits, self._otherwise(name)])
        block["vendor_metadata"] = {NAMESPACE: self._tries(question)}
        return block

    def _way_of(self, question: Question, key: str) -> str:
        """Where one choice leads: an emergency at once where it alone is one, else to the next test."""
        mask = answer_keys(question).get(key, 0)
        for way in emergency_ways(self.protocol, question):
            if all(isinstance(fact, Condition) and fact.place == question.place for fact in way) and all(
                mask & fact.mask for fact in way if isinstance(fact, Condition)
            ):
                return f"disposition_{Level.emergency_now.name}"
        return f"after_{question.id}"

    def _after(self, question: Question) -> Iterator[Object]:
        """What an answer completes: an emergency, a further question, or the next one."""
        name = f"after_{question.id}"
        exits = []
        ways = emergency_ways(self.protocol, question)
        if ways:
            exits.append(
                self._exit(name, "emergency", f"disposition_{Level.emergency_now.name}", self._any(ways))
            )
        answered = self._any([(fact,) for fact in self._heard(question)], self._any_answer(question))
        for follower in followers(self.protocol, question):
            to = f"answer_{follower.question.id}" if follower.question else "judge"
            test = answered if follower.when is None else self._fact(follower.when)
            exits.append(self._exit(name, to, to, test))
        yield self._block(name, "Core.Case", {}, [*exits, self._otherwise(name)])

    def _judge(self) -> Object:
        """The level, once nothing is left to ask. Self-care asks for an explicit answer to every question."""
        exits = []
        for level in self.order:
            ways = level_ways(self.protocol, level)
            test = self._any(ways) if level > Level.self_care else self._all_answered()
            exits.append(self._exit("judge", level.name, f"disposition_{level.name}", test))
        return self._block("judge", "Core.Case", {}, [*exits, self._otherwise("judge")])

    def _disposition(self, level: Level) -> Iterator[Object]:
        disposition, case = self.protocol.dispositions[level], f"words_{level.name}"
        yield self._output(f"disposition_{level.name}", level, case)
        told = told_with(self.protocol, level)
        exits = [
            self._exit(case, f"{n}_{o.name}", f"tell_{o.name}", self._test(o)) for n, o in enumerate(told)
        ]
        yield self._block(case, "Core.Case", {}, [*exits, self._otherwise(case)])
        also = [*dict.fromkeys(text for texts in disposition.also.values() for text in texts)]
        for outcome in told[:-1]:
            yield self._message(
                f"tell_{outcome.name}", outcome.name, f"also_{also[0]}" if also else None, level=level
            )
        for text, then in zip(also, [*also[1:], None], strict=False):
            yield self._message(f"also_{text}", text, f"also_{then}" if then else None, level=level)

    # tests

    def _test(self, outcome: Outcome) -> str:
        return "TRUE" if outcome.always else self._any(outcome.ways)

    def _any(self, ways: Iterable[Way], *more: str) -> str:
        tests = [test for way in ways if (test := self._all(way))]
        return _joined("OR", [*tests, *more]) or "FALSE"

    def _all(self, way: Way) -> str:
        tests = [self._fact(fact) for fact in way]
        return _joined("AND", tests) if all(tests) else ""

    def _fact(self, fact: Fact) -> str:
        """One fact as an expression; empty where it cannot be told in this format."""
        question, place = self.protocol.question(fact.question), f"flow.answer_{fact.question}"
        if isinstance(fact, Unknown):
            return self._unknown(question)
        if question.kind is Kind.number:
            tests = [f"{place} != NULL"]
            tests += [f"{place} >= {fact.at_least}"] if fact.at_least is not None else []
            tests += [f"{place} < {fact.under}"] if fact.under is not None else []
            return _joined("AND", tests)
        keys = [key for key, mask in answer_keys(question).items() if mask & fact.mask]
        if question.kind is Kind.list:
            return _joined("OR", [f'IN("{key}", {place})' for key in keys])
        return _one_of(place, keys)

    def _unknown(self, question: Question) -> str:
        place = f"flow.answer_{question.id}"
        if question.unsure_is is not None:
            return ""  # "not sure" is an answer there
        if question.kind is Kind.number:
            return f"{place} = NULL"
        return f'IN("{UNSURE}", {place})' if question.kind is Kind.list else f'{place} = "{UNSURE}"'

    def _any_answer(self, question: Question) -> str:
        """An explicit answer to this question."""
        place = f"flow.answer_{question.id}"
        if question.kind is Kind.number:
            return f"AND({place} != NULL, {place} >= {question.low}, {place} <= {question.high})"
        keys = answer_keys(question)
        if question.kind is Kind.list:
            return _joined("OR", [f'IN("{key}", {place})' for key in keys])
        return _one_of(place, list(keys))

    def _heard(self, question: Question) -> tuple[Fact, ...]:
        """ "Not sure", where it is no answer, goes on too: its floor is read at the end."""
        return () if question.unsure_is is not None else (Unknown(question.id),)

    def _all_answered(self) -> str:
        return _joined("AND", [self._answered(question) for question in self.protocol.questions])

    def _answered(self, question: Question) -> str:
        answer, gate = self._any_answer(question), question.ask_if
        return answer if gate is None else f"IF({self._fact(gate)}, {answer}, TRUE)"

    # parts

    def _block(self, name: str, kind: str, config: Object, exits: Sequence[Object]) -> Object:
        uuid = self._id("block", name)
        return {"uuid": uuid, "name": name, "type": kind, "config": config, "exits": list(exits)}

    def _message(self, name: str, text: str, then: str | None, *, level: Level | None = None) -> Object:
        exits = [self._exit(name, "next", then)]
        block = self._block(
            name,
            "MobilePrimitives.Message",
            {"prompt": self._text(text), "message_audio": self._text(text)},
            exits,
        )
        if level is not None:
            block["vendor_metadata"] = {NAMESPACE: self._owed(level)}
        return block

    def _output(self, name: str, level: Level, then: str) -> Object:
        exits = [self._exit(name, "next", then)]
        return self._block(name, "Core.Output", {"value": f'CONCATENATE("{level.name}")'}, exits)

    def _exit(self, block: str, tag: str, to: str | None, test: str | None = None) -> Object:
        found: Object = {"uuid": self._id("exit", block, tag), "label": tag, "tag": _tag(tag), "config": {}}
        if to is not None:
            found["destination_block"] = self._id("block", to)
        if test is not None:
            found["test"] = test
        return found

    def _otherwise(self, block: str) -> Object:
        return {**self._exit(block, "otherwise", FAIL_SAFE, "FALSE"), "default": True}

    def _text(self, key: str) -> str:
        """The resource of a text, by text and by phone; a spoken list is its halves, one after the other."""
        texts, values = self.protocol.languages[self.language].texts, []
        for medium, mode in ((Medium.sms, "SMS"), (Medium.voice, "IVR")):
            keys = [key]
            if medium is Medium.voice and f"{key}_1" in texts and raw_wording(texts[key], medium) is None:
                keys = [name for name in (f"{key}_1", f"{key}_2") if name in texts]
            words = " ".join(wording(self.protocol, name, self.language, medium) for name in keys)
            values.append({"language_id": self.code, "content_type": "TEXT", "modes": [mode], "value": words})
        return self._resource(key, values)

    def _word(self, key: str) -> str:
        value = {"language_id": self.code, "content_type": "TEXT", "modes": ["SMS", "IVR"], "value": key}
        return self._resource(f"choice {key}", [value])

    def _resource(self, name: str, values: list[Object]) -> str:
        uuid = self._id("resource", name)
        self.resources[uuid] = {"uuid": uuid, "values": values}
        return uuid

    def _id(self, *name: str) -> str:
        return made_id(self.protocol, "floip", self.language, *name)

    # what the format has no word for

    def _tries(self, question: Question) -> Object:
        limits = self.protocol.limits
        return {
            "tries": {"unsure": limits.unsure, "misses": limits.misses},
            "say_when_unsure": self._text(Say.UNSURE),
            "say_when_missed": self._text(Say.NOT_UNDERSTOOD),
            "floor": question.floor.name,
            "source": question.source,
        }

    def _owed(self, level: Level) -> Object:
        disposition = self.protocol.dispositions[level]
        return {
            "level": level.name,
            "staff_task_due_min": disposition.task_due_min,
            "offer_programme": disposition.offer,
        }

    def _beside(self) -> Object:
        """Waits, and the reminder programme that follows."""
        limits, programme = self.protocol.limits, self.protocol.programme
        steps = [
            {"day": step.day, "slot": step.slot, "text": self._text(step.text), "asks": step.asks}
            for step in programme.steps
        ]
        return {
            "limits": {
                "nudge_after_min": limits.nudge_after_min,
                "end_after_nudge_min": limits.end_after_nudge_min,
                "resume_within_min": limits.resume_within_min,
                "misses_in_a_row": {medium.value: n for medium, n in limits.misses_in_a_row.items()},
            },
            "texts": {name: self._text(name) for name in (Say.NUDGE_MID, Say.TIMEOUT_END, Say.E_AGAIN)},
            "transfer": {
                "text": self._text(Say.HUMAN),
                "media": [medium.value for medium in media_of(Say.HUMAN)],
            },
            "programme": {"id": programme.id, "steps": steps},
        }


def _joined(call: str, tests: Sequence[str]) -> str:
    return tests[0] if len(tests) == 1 else f"{call}({', '.join(tests)})" if tests else ""


def _one_of(place: str, keys: Sequence[str]) -> str:
    if len(keys) == 1:
        return f'{place} = "{keys[0]}"'
    named = ", ".join(f'"{key}"' for key in keys)
    return f"IN({place}, ARRAY({named}))"


def _tag(text: str) -> str:
    return text if not text[0].isdigit() else f"answer_{text}"
