"""A protocol with faults is refused, and each of them says where it stands and what to write instead."""

import functools
import re
from pathlib import Path

import pytest

from flows.load import FaultyProtocol, load, loads, parse, read_folder
from hotline.settings import PROTOCOL_FOLDER

Edit = tuple[str, str, str]  # file, what stands there, what is written instead
PARSED = functools.lru_cache(64)(parse)
FAULT = re.compile(r"^(\S+):(\d+): (.+)$")


@pytest.fixture
def files() -> dict[str, str]:
    """The shipped protocol, to be spoiled."""
    return read_folder(PROTOCOL_FOLDER)


@pytest.fixture(autouse=True)
def each_text_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four of five files are as shipped in each test: parsing them again takes most of its time."""
    monkeypatch.setattr("flows.load.parse", PARSED)


def spoil(files: dict[str, str], *edits: Edit) -> list[str]:
    """The faults of the protocol after these edits."""
    for file, old, new in edits:
        assert old in files[file], f"{file} has no {old!r}"
        files[file] = files[file].replace(old, new, 1)
    with pytest.raises(FaultyProtocol) as refused:
        loads(files)
    return str(refused.value).splitlines()


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


P, T, G, F, A = "protocol.yaml", "texts/en.yaml", "programme.yaml", "faq.yaml", "flags.yaml"

# name: the edits, a line of the spoiled file on which the fault is reported, and words of the fault
FAULTS: dict[str, tuple[tuple[Edit, ...], str, str, str]] = {
    "a rule names a question that is not there": (
        ((P, "when: {heart: yes}", "when: {hart: yes}"),),
        P,
        "when: {hart: yes}",
        'no question "hart": write one of heart',
    ),
    "a rule names a choice that is not there": (
        ((P, "when: {limbs: 4}", "when: {limbs: 7}"),),
        P,
        "when: {limbs: 7}",
        '"limbs" has no answer 7: write 1, 2, 3, 4',
    ),
    "a rule wants a yes from a menu": (
        ((P, "when: {limbs: 4}", "when: {limbs: yes}"),),
        P,
        "when: {limbs: yes}",
        '"limbs" has no answer yes',
    ),
    "a rule wants a choice from a number": (
        ((P, "when: {risks: 1, pain: {at_least: 7}}", "when: {risks: 1, pain: 7}"),),
        P,
        "pain: 7}",
        "is a number: write",
    ),
    "a rule that never holds": (
        ((P, "when: {pain: {at_least: 7}, relief: no}", "when: {pain: {at_least: 17}, relief: no}"),),
        P,
        "at_least: 17",
        "this never holds",
    ),
    "two rules with one id": (
        ((P, "- {id: vessel_yes,", "- {id: heart_yes,"),),
        P,
        "- {id: heart_yes, when: {vessel",
        'a second rule with the id "heart_yes"',
    ),
    "two questions with one id": (
        ((P, "  - id: vessel\n", "  - id: heart\n"),),
        P,
        "  - id: heart\n    kind: yes_no\n    floor: urgent_today\n    source: NICE",
        'a second question with the id "heart"',
    ),
    "an unknown level": (
        ((P, "level: emergency_now, text: E_911", "level: emergency, text: E_911"),),
        P,
        "level: emergency,",
        "emergency_now",
    ),
    "an unknown kind of question": (((P, "kind: menu", "kind: meny"),), P, "kind: meny", "menu"),
    "a question that can never be asked": (
        ((P, "ask_if: {risks: 6}", "ask_if: {time: 1}"),),
        P,
        "ask_if: {time: 1}",
        '"pregnant" can never be asked',
    ),
    "a floor that lets the unknown be a no": (
        ((P, "    floor: urgent_today", "    floor: self_care"),),
        P,
        "  - id: heart",
        "unknown is never no",
    ),
    "a key nobody knows": (
        ((P, "  adult_age: 18", "  adult_age: 18\n  minor_age: 3"),),
        P,
        "minor_age",
        "not known here: drop it or mend its name",
    ),
    "a key that is missing": (
        ((P, "  adult_age: 18\n", ""),),
        P,
        "limits:",
        "adult_age: this key is missing: add it",
    ),
    "a key twice": (
        ((P, "  adult_age: 18", "  adult_age: 18\n  adult_age: 21"),),
        P,
        "  adult_age: 21",
        "keep one of the two",
    ),
    "no YAML": (((P, "limits:\n", "limits: [\n"),), P, "", "this is no YAML"),
    "a spoken half that leaves a choice out": (
        ((P, "[5, 6, 7, 8]]", "[5, 6, 7]]"),),
        P,
        "  - id: risks",
        "spoken halves must hold each choice once",
    ),
    "a level without its disposition": (
        ((P, "  self_care:\n    texts: [S]\n    also: {sms: [S_SAFETY]}\n    offer: yes\n", ""),),
        P,
        "dispositions:",
        'no disposition "self_care"',
    ),
    "a language without its file": (
        ((P, "languages: [en, es]", "languages: [en, fr]"),),
        P,
        "languages:",
        "no file texts/fr.yaml",
    ),
    "a text that is missing": (
        ((T, "  ask_heart:\n", "  ask_hart:\n"),),
        T,
        "texts:",
        'no text "ask_heart": question "heart" asks it',
    ),
    "a rule's text that is missing": (
        ((P, "level: emergency_now, text: E_PREG", "level: emergency_now, text: E_BABY"),),
        T,
        "texts:",
        'no text "E_BABY"',
    ),
    "a text the machine says": (
        ((T, "  STOPPED_MID:\n", "  STOPPED_MIDWAY:\n"),),
        T,
        "texts:",
        'no text "STOPPED_MID": the machine says it',
    ),
    "a spoken wording that is missing": (
        ((T, '    voice: "How old', "    spoken_in: en-US\n    #"),),
        T,
        "  ask_age:",
        '"ask_age" has no voice wording',
    ),
    "an emergency text without its number": (
        (
            (
                T,
                "EMERGENCY: Call {emergency} now. Do not drive. Do not wait",
                "EMERGENCY: Call now. Do not drive. Do not wait",
            ),
        ),
        T,
        'sms: "EMERGENCY: Call now.',
        "the placeholder {emergency} is missing",
    ),
    "a placeholder nobody fills": (
        ((T, "You are welcome.", "You are welcome, {nickname}."),),
        T,
        "You are welcome",
        "no placeholder {nickname}",
    ),
    "a text over one segment": (
        ((T, "You are welcome.", "You are welcome. " + "Very much so. " * 6),),
        T,
        "You are welcome",
        "2 segments",
    ),
    "a character that is not GSM-7": (
        ((T, "You are welcome. If", "You’re welcome. If"),),
        T,
        "You’re welcome",
        "UCS-2",
    ),
    "a placeholder that may be too long": (
        (
            (
                P,
                "clinic_phone: {default: 555-010-0100, longest: 14}",
                "clinic_phone: {default: 555-010-0100, longest: 60}",
            ),
        ),
        T,
        "{clinic_phone}",
        "segments",
    ),
    "a spoken prompt over thirty seconds": (
        (
            (
                T,
                'voice: "How old is the person',
                'voice: "' + "Please do listen well now. " * 18 + "How old is the person",
            ),
        ),
        T,
        "Please do listen",
        "30 s at most: shorten it",
    ),
    "a question that asks less than it must": (
        ((T, "cold sweat, faint,", "faint,"),),
        T,
        "  ask_heart:",
        "the sms words of heart do not name cold sweat: add it",
    ),
    "words that must be mentioned of no question": (
        ((T, "must_mention:\n", "must_mention:\n  hart: {x: y}\n"),),
        T,
        "  hart:",
        'no question "hart": drop the entry',
    ),
    "a check-in that is not there": (
        ((G, "asks: checkin }", "asks: chekin }"),),
        G,
        "asks: chekin",
        "chekin",
    ),
    "a tag that is not there": (
        ((G, "leave_out: [pregnant, thinner", "leave_out: [pregnent, thinner"),),
        G,
        "leave_out: [pregnent",
        "pregnent",
    ),
    "a tag that names no question": (
        ((G, "pregnant: { risks: 6 }", "pregnant: { risk: 6 }"),),
        G,
        "risk: 6",
        'no question "risk"',
    ),
    "a programme text that is missing": (
        ((G, "text: tip_heat", "text: tip_heet"),),
        T,
        "texts:",
        'no text "tip_heet"',
    ),
    "an hour that is none": (((G, 'slot: "12:30"', 'slot: "noon"'),), G, 'slot: "noon"', "slot"),
    "an evening that is none": (
        ((G, 'evening: "17:30"', 'evening: "14:00"'),),
        G,
        "call_slots:",
        '14:00 is not what callers are told by "evening": write 17:00 to 20:00',
    ),
    "an hour of calls that is missing": (((G, ' noon: "12:30",', ""),), G, "call_slots:", "noon"),
    "a meaning that no check-in has": (
        ((G, "3: worse, 4: new_sign", "3: wurse, 4: new_sign"),),
        G,
        "wurse",
        "wurse",
    ),
    "a condition that no step can have": (
        ((G, "only_if: day7_open,", "only_if: day7,"),),
        G,
        "only_if: day7,",
        '"day7" is no condition',
    ),
    "an advice code that is none": (((F, "code: A1,", "code: B1,"),), F, "code: B1", "code"),
    "an advice text that is missing": (
        ((F, "text: FAQ1_how_long", "text: FAQ1"),),
        T,
        "texts:",
        'no text "FAQ1"',
    ),
    "an oracle line without its level": (
        ((A, "level: emergency_now, ", ""),),
        A,
        "chest_pain_or_breathless",
        "level",
    ),
    "a rule without a source": (((P, 'source: "CKS"', 'source: ""'),), P, 'source: ""', "source"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_says_its_file_its_line_and_the_remedy(files: dict[str, str], name: str) -> None:
    edits, file, stands, words = FAULTS[name]
    faults = spoil(files, *edits)
    found = [FAULT.match(fault) for fault in faults]
    assert all(found), faults
    lines = {(match[1], int(match[2])) for match in found if match and words in match[3]}
    assert lines, faults
    if stands:
        assert (file, line_of(files[file], stands)) in lines, faults


def test_all_faults_of_a_protocol_are_told_at_once_in_the_order_of_the_files(files: dict[str, str]) -> None:
    faults = spoil(
        files,
        (P, "when: {heart: yes}", "when: {hart: yes}"),
        (P, "when: {limbs: 4}", "when: {limbs: 7}"),
        (P, "- {id: vessel_yes,", "- {id: saddle_yes,"),
        (P, "ask_if: {risks: 6}", "ask_if: {time: 1}"),
    )
    assert len(faults) == 4
    assert [int(fault.split(":")[1]) for fault in faults] == sorted(
        int(fault.split(":")[1]) for fault in faults
    )


def test_faults_of_the_texts_are_told_together(files: dict[str, str]) -> None:
    faults = spoil(
        files,
        (T, "You are welcome. If", "You’re welcome. If"),
        (T, "  ask_heart:\n", "  ask_hart:\n"),
        (T, "cold sweat, faint,", "faint,"),
    )
    assert len(faults) >= 2


def test_shape_faults_of_several_files_are_told_together(files: dict[str, str]) -> None:
    faults = spoil(
        files,
        (P, "  adult_age: 18\n", ""),
        (G, 'slot: "12:30"', 'slot: "noon"'),
        (F, "code: A1,", "code: B1,"),
    )
    assert {fault.split(":")[0] for fault in faults} == {P, G, F}


def test_no_fault_repeats_what_the_file_said_as_a_secret_might(files: dict[str, str]) -> None:
    faults = spoil(files, (P, "  adult_age: 18", "  adult_age: [1, 2, 3]"))
    assert len(faults) == 1 and "[1, 2, 3]" not in faults[0]


def test_a_folder_that_is_not_there_and_files_that_are_missing_are_named(tmp_path: Path) -> None:
    with pytest.raises(FaultyProtocol, match="no such folder"):
        load(tmp_path / "nowhere")
    (tmp_path / "protocol.yaml").write_text("id: x\n", encoding="utf-8")
    with pytest.raises(FaultyProtocol) as refused:
        load(tmp_path)
    assert [fault.file for fault in refused.value.faults] == ["flags.yaml", "faq.yaml", "programme.yaml"]
    assert all("add" in fault.what for fault in refused.value.faults)


@pytest.mark.parametrize("name", [P, G, F, A, T])
@pytest.mark.parametrize("text", ["", "- 1\n", "just words\n", "a: [\n", "\x00"])
def test_a_file_of_nonsense_is_a_fault_and_no_crash(files: dict[str, str], name: str, text: str) -> None:
    files[name] = text
    with pytest.raises(FaultyProtocol) as refused:
        loads(files)
    assert refused.value.faults[0].file == name


def test_the_hash_is_of_the_content_and_not_of_its_layout(files: dict[str, str]) -> None:
    before = loads(files).hash
    files[P] = "# a remark\n" + files[P].replace("limits:\n", "limits:   # all judgement\n")
    assert loads(files).hash == before
    files[P] = files[P].replace("  adult_age: 18", "  adult_age: 21")
    assert loads(files).hash != before


def test_the_shipped_protocol_loads_and_asks_at_most_twelve_questions() -> None:
    protocol = load(PROTOCOL_FOLDER)
    assert [question.id for question in protocol.questions] == [
        *(
            "heart",
            "vessel",
            "saddle",
            "limbs",
            "injury",
            "fever",
            "risks",
            "pregnant",
            "age",
            "pain",
            "relief",
            "time",
        )
    ]
    assert len(protocol.faq.advice) == 20
