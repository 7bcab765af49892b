"""From the parsed shapes to the frozen protocol: every name is resolved here, every name that leads
nowhere is a fault.

May not: open files, or judge wording and reachability (`checks.py`, called at the end)."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from flows import parsing
from flows.checks import check
from flows.enrolment import OWN_TAGS
from flows.load import Fault, FaultyProtocol, Source
from flows.programme import DAY7_OPEN, Meaning
from flows.protocol import (
    NO,
    YES,
    Advice,
    Candidate,
    CheckIn,
    Choice,
    Condition,
    Disposition,
    Faq,
    Flag,
    Kind,
    Level,
    Limits,
    Medium,
    Oracle,
    Placeholder,
    Programme,
    Protocol,
    Question,
    Rule,
    Step,
    Test,
    Text,
    Texts,
    Times,
)

ANSWERS = {"yes": YES, "no": NO}


def build(
    shapes: Mapping[str, Any], sources: Mapping[str, Source], files: dict[str, str], hash: str
) -> Protocol:
    """The protocol of these shapes. FaultyProtocol: names that lead nowhere, and everything `checks.py`
    finds."""
    builder = _Builder(shapes, sources)
    protocol = builder.protocol(files, hash)
    faults = builder.faults or check(protocol, sources)
    if faults:
        raise FaultyProtocol(sorted(faults))
    return protocol


class _Builder:
    def __init__(self, shapes: Mapping[str, Any], sources: Mapping[str, Source]) -> None:
        self.shape: parsing.ProtocolShape = shapes["protocol.yaml"]
        self.shapes, self.sources = shapes, sources
        self.faults: list[Fault] = []
        self.shape_of = {question.id: question for question in self.shape.questions}
        self.places = {question.id: place for place, question in enumerate(self.shape.questions)}

    def wrong(self, what: str, *path: str | int, file: str = "protocol.yaml") -> None:
        self.faults.append(self.sources[file].fault(what, *path))

    def protocol(self, files: dict[str, str], hash: str) -> Protocol:
        shape = self.shape
        self.once("questions", [question.id for question in shape.questions], "question")
        self.once("rules", [rule.id for rule in shape.rules], "rule")
        return Protocol(
            id=shape.id,
            version=shape.version,
            hash=hash,
            files=files,
            questions=tuple(self.question(place, item) for place, item in enumerate(shape.questions)),
            rules=tuple(self.rule(place, item) for place, item in enumerate(shape.rules)),
            dispositions=self.dispositions(),
            floor_texts={Level[name]: text for name, text in shape.floor_texts.items()},
            limits=Limits(**(shape.limits.model_dump() | {"misses_in_a_row": self.runs()})),
            faq=self.faq(),
            programme=self.programme(),
            languages=self.languages(),
            placeholders={
                name: Placeholder(name, item.default, item.longest)
                for name, item in shape.placeholders.items()
            },
            flags=self.flags(),
            oracle=self.oracle(),
        )

    def once(self, path: str, ids: list[str], noun: str) -> None:
        for place, id in enumerate(ids):
            if id in ids[:place]:
                self.wrong(f'a second {noun} with the id "{id}": give it an id of its own', path, place, "id")

    def runs(self) -> dict[Medium, int]:
        runs = self.shape.limits.misses_in_a_row
        return {Medium.sms: runs.sms, Medium.voice: runs.voice}

    def question(self, place: int, item: parsing.QuestionShape) -> Question:
        ask_if = self.conditions(item.ask_if or {}, "questions", place, "ask_if")
        for condition in ask_if:
            if condition.place >= place:
                later = f'its ask_if names "{condition.question}", which comes later'
                what = f'"{item.id}" can never be asked: {later}'
                self.wrong(f"{what}; move it behind that question", "questions", place, "ask_if")
        return Question(
            id=item.id,
            place=place,
            kind=item.kind,
            floor=Level[item.floor],
            source=item.source,
            yes_when=tuple(tests(telling) for telling in item.yes_when),
            choices=tuple(Choice(key, tuple(tests(t) for t in true)) for key, true in item.choices.items()),
            fact=item.fact,
            low=item.low,
            high=item.high,
            ask_if=ask_if[0] if ask_if else None,
            halves=tuple(tuple(half) for half in item.halves),
            safe_answer=ANSWERS[item.safe_answer],
            unsure_is=ANSWERS[item.unsure_is] if item.unsure_is else None,
        )

    def rule(self, place: int, item: parsing.RuleShape) -> Rule:
        when = self.conditions(item.when, "rules", place, "when")
        return Rule(item.id, when, Level[item.level], item.text, item.source)

    def conditions(
        self, when: parsing.When, *path: str | int, file: str = "protocol.yaml"
    ) -> tuple[Condition, ...]:
        found: list[Condition] = []
        for id, answer in when.items():
            question = self.shape_of.get(id)
            if question is None:
                known = ", ".join(self.shape_of)
                self.wrong(f'no question "{id}": write one of {known}', *path, id, file=file)
                continue
            found += self.of_question(question, answer, (*path, id), file)
        return tuple(found)

    def of_question(
        self, question: parsing.QuestionShape, answer: parsing.Answer, path: tuple[str | int, ...], file: str
    ) -> list[Condition]:
        place = self.places[question.id]
        if question.kind is Kind.number:
            return self.of_number(question, place, answer, path, file)
        if isinstance(answer, dict) and "all" in answer:
            keys = cast("list[int]", answer["all"])
            return [Condition(question.id, place, self.mask(question, [key], path, file)) for key in keys]
        if isinstance(answer, dict):
            self.wrong(
                f'"{question.id}" is no number: write its choice, or a list of choices', *path, file=file
            )
            return []
        keys_or_word = answer if isinstance(answer, list) else [answer]
        return [Condition(question.id, place, self.mask(question, keys_or_word, path, file))]

    def of_number(
        self,
        question: parsing.QuestionShape,
        place: int,
        answer: parsing.Answer,
        path: tuple[str | int, ...],
        file: str,
    ) -> list[Condition]:
        if not isinstance(answer, dict) or "all" in answer:
            self.wrong(
                f'"{question.id}" is a number: write {{at_least: N}} or {{under: N}}', *path, file=file
            )
            return []
        at_least, under = cast("int | None", answer.get("at_least")), cast("int | None", answer.get("under"))
        if (at_least or question.low) > question.high or (under is not None and under <= question.low):
            self.wrong(
                f'"{question.id}" goes from {question.low} to {question.high}: this never holds',
                *path,
                file=file,
            )
        return [Condition(question.id, place, 0, at_least, under)]

    def mask(
        self,
        question: parsing.QuestionShape,
        keys: Iterable[int | str],
        path: tuple[str | int, ...],
        file: str,
    ) -> int:
        mask = 0
        for key in keys:
            if question.kind is Kind.yes_no and key in ANSWERS:
                mask |= ANSWERS[key]
            elif question.kind is not Kind.yes_no and key in question.choices:
                mask |= 1 << key
            else:
                known = (
                    "yes or no"
                    if question.kind is Kind.yes_no
                    else ", ".join(str(key) for key in question.choices)
                )
                self.wrong(f'"{question.id}" has no answer {key}: write {known}', *path, file=file)
        return mask

    def dispositions(self) -> dict[Level, Disposition]:
        missing = [level.name for level in Level if level.name not in self.shape.dispositions]
        for name in missing:
            self.wrong(f'no disposition "{name}": add it with its texts', "dispositions")
        return {
            Level[name]: Disposition(
                Level[name],
                tuple(self.candidate(name, place, text) for place, text in enumerate(item.texts)),
                {Medium(medium): tuple(texts) for medium, texts in item.also.items()},
                item.task_due_min,
                item.offer == "yes",
            )
            for name, item in self.shape.dispositions.items()
        }

    def candidate(self, level: str, place: int, item: str | parsing.CandidateShape) -> Candidate:
        if isinstance(item, str):
            return Candidate(item)
        when = self.conditions(item.when, "dispositions", level, "texts", place, "when")
        return Candidate(item.text, when, item.floor == "yes")

    def faq(self) -> Faq:
        shape: parsing.FaqShape = self.shapes["faq.yaml"]
        advice = tuple(Advice(item.code, item.text, item.source) for item in shape.advice)
        return Faq(advice, tuple(shape.menus), {key: tuple(texts) for key, texts in shape.groups.items()})

    def programme(self) -> Programme:
        shape: parsing.ProgrammeShape = self.shapes["programme.yaml"]
        file = "programme.yaml"
        tags = {name: self.conditions(when, "tags", name, file=file) for name, when in shape.tags.items()}
        for name in tags.keys() & set(OWN_TAGS):
            self.wrong(f'"{name}" is a tag of ours: choose another name', "tags", name, file=file)
        for place, item in enumerate(shape.steps):
            for tag in item.leave_out:
                if tag not in tags:
                    self.wrong(f'no tag "{tag}": add it under tags', "steps", place, "leave_out", file=file)
            for asks in filter(None, (item.asks, item.instead_asks)):
                if asks not in shape.checkins:
                    self.wrong(
                        f'no check-in "{asks}": add it under checkins', "steps", place, "asks", file=file
                    )
        steps = tuple(
            Step(
                **(
                    item.model_dump()
                    | {
                        "leave_out": tuple(item.leave_out),
                        "instead_for": Level[item.instead_for] if item.instead_for else None,
                    }
                )
            )
            for item in shape.steps
        )
        self.meanings(shape)
        checkins = {id: CheckIn(id, dict(item.choices)) for id, item in shape.checkins.items()}
        plain = shape.model_dump(exclude={"steps", "tags", "checkins"})
        return Programme(**plain, steps=steps, tags=tags, checkins=checkins)

    def meanings(self, shape: parsing.ProgrammeShape) -> None:
        known = [meaning.value for meaning in Meaning]
        for id, item in shape.checkins.items():
            for key, meaning in item.choices.items():
                if meaning not in known:
                    what = f'"{meaning}" is nothing that a reply can mean: write one of {", ".join(known)}'
                    self.wrong(what, "checkins", id, "choices", key, file="programme.yaml")
        for place, step in enumerate(shape.steps):
            if step.only_if not in (None, DAY7_OPEN):
                what = f'"{step.only_if}" is no condition: write {DAY7_OPEN}, or drop the key'
                self.wrong(what, "steps", place, "only_if", file="programme.yaml")

    def languages(self) -> dict[str, Texts]:
        found = {}
        for language in self.shape.languages:
            shape: parsing.TextsShape | None = self.shapes.get(f"texts/{language}.yaml")
            if shape is None:
                what = f'no file texts/{language}.yaml for the language "{language}"'
                self.wrong(f"{what}: add it, or drop the language", "languages")
                continue
            texts = {key: Text(key, t.when, t.sms, t.voice, t.spoken_in) for key, t in shape.texts.items()}
            heard = cast("Mapping[str, Mapping[str, str]]", shape.heard)
            found[language] = Texts(
                shape.language,
                shape.name,
                shape.max_segments,
                shape.spoken_in,
                texts,
                heard,
                shape.must_mention,
                Times(**shape.times.model_dump()),
                shape.words,
                shape.voice,
                tuple(shape.hints),
                frozenset(shape.health.split()),
            )
        return found

    def flags(self) -> tuple[Flag, ...]:
        shape: parsing.FlagsShape = self.shapes["flags.yaml"]
        return tuple(
            Flag(item.id, tests(item.told), Level[item.level], item.source, item.text) for item in shape.flags
        )

    def oracle(self) -> Oracle:
        shape: parsing.FlagsShape = self.shapes["flags.yaml"]
        for id in shape.unknown:
            if id not in self.places:
                self.wrong(f'no question "{id}": mend the name', "unknown", id, file="flags.yaml")
        return Oracle(
            {id: Level[name] for id, name in shape.unknown.items()},
            {
                Level[name]: tuple(
                    (item, ()) if isinstance(item, str) else (item.text, tests(item.told)) for item in texts
                )
                for name, texts in shape.texts.items()
            },
        )


def tests(telling: parsing.Telling) -> tuple[Test, ...]:
    """A mapping of facts to what they must be, as a conjunction of tests."""
    found: list[Test] = []
    for fact, value in telling.items():
        if isinstance(value, bool):
            found.append(Test(fact, "is", value))
        else:
            found += [Test(fact, op, limit) for op, limit in value.items()]
    return tuple(found)
