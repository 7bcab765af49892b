"""The cases shipped with the protocol: what stands in the file, and that everybody in it is sent right."""

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from ruamel.yaml import YAML

from flows.load import load
from flows.protocol import Level, Protocol
from flows.vignettes import UNSURE
from hotline.line import Line, open_line
from hotline.playing import Played
from hotline.reports import vignette_report, vignette_table, vignettes_played
from hotline.settings import PROTOCOL_FOLDER, Defaults

YAML12 = YAML(typ="safe")
CASES: list[dict[str, Any]] = YAML12.load((PROTOCOL_FOLDER / "vignettes.yaml").read_text(encoding="utf-8"))
SAMPLE = Path(__file__).resolve().parents[1] / "data" / "vignettes.sample.json"
LANGUAGES: list[str] = YAML12.load((PROTOCOL_FOLDER / "protocol.yaml").read_text(encoding="utf-8"))[
    "languages"
]
KEYS = {"id", "narrative", "facts", "expected_min", "expected_max", "reason", "source", "rules"}

Four = dict[tuple[str, str], list[Played]]


@pytest.fixture(scope="module")
def line(redis_url: str) -> Iterator[Line]:
    """A line of its own, as `hotline vignettes` opens it."""
    opened = open_line(Defaults(mode="trial", redis_url=redis_url, auth_token=SecretStr("t" * 32)))
    yield opened
    opened.store.close()


@pytest.fixture(scope="module")
def played(line: Line) -> Four:
    """All cases by each channel in each language of the protocol."""
    return {
        (channel, language): vignettes_played(line, CASES, channel, language)
        for channel in ("sms", "voice")
        for language in line.protocol.languages
    }


def facts_of(case: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a case tells."""
    facts = case["facts"]
    assert isinstance(facts, Mapping)
    return facts


def test_each_case_says_who_what_why_and_whence() -> None:
    """No case without a reason and a source; nobody twice."""
    for case in CASES:
        assert set(case) == KEYS, case["id"]
        assert all(str(case[key]).strip() for key in ("id", "narrative", "reason", "source")), case["id"]
    assert len({case["id"] for case in CASES}) == len({case["narrative"] for case in CASES}) == len(CASES)
    assert len(CASES) >= 90


def test_no_case_asks_for_the_impossible() -> None:
    """The least level is never above the most."""
    for case in CASES:
        least, most = Level[case["expected_min"]], case["expected_max"]
        assert most is None or least <= Level[most], case["id"]


def test_the_cases_know_only_facts_that_the_oracle_knows(protocol: Protocol) -> None:
    """A misspelt fact would be a sign that nobody hears; and every fact is told by somebody."""
    known = {test.fact for flag in protocol.flags for test in flag.told}
    told = {fact for case in CASES for fact in facts_of(case)}
    assert told <= known
    assert known <= told


def test_no_case_is_copied_from_the_sample() -> None:
    """Our own people: no narrative and no set of facts is one of the shared examples'."""
    sample = json.loads(SAMPLE.read_text(encoding="utf-8"))
    assert not {case["narrative"] for case in CASES} & {case["narrative"] for case in sample}
    assert not {case["id"] for case in CASES} & {case["id"] for case in sample}


@pytest.mark.parametrize(
    ("fact", "values"),
    [
        ("duration_days", {0, 3, 4, 7, 8}),
        ("age", {17, 18, 59, 60, 64, 65}),
        ("severity_0_10", {0, 6, 7, 8, 10}),
    ],
)
def test_both_sides_of_each_boundary_have_somebody(fact: str, values: set[int]) -> None:
    """Exactly seven days, 17 and 18, 59 and 60, 64 and 65, pain of 6, 7 and 8."""
    assert values <= {facts_of(case).get(fact) for case in CASES}


def test_each_question_has_somebody_who_is_not_sure_or_does_not_know() -> None:
    """Doubts on every question that can be doubted, and each number left out once."""
    doubted = {fact for case in CASES for fact, told in facts_of(case).items() if told == UNSURE}
    assert {
        "chest_pain_or_breathless",
        "tearing_abdominal_pain",
        "saddle_numbness",
        "limb_weakness",
        "minor_trauma",
        "fever_chills",
        "pregnant",
        "pregnancy_warning_signs",
        "relieved_by_rest_or_otc",
        "leg_signs_chronic_unchanged",
        "bladder_change_chronic_unchanged",
    } <= doubted
    for number in ("age", "severity_0_10", "duration_days"):
        assert any(number not in facts_of(case) for case in CASES), number


def test_many_cases_are_plain_and_stay_at_home() -> None:
    """A suite of red flags alone would praise a line that sends everybody to hospital."""
    plain = [case for case in CASES if case["id"].startswith("S")]
    assert len(plain) >= 25
    assert {(case["expected_min"], case["expected_max"]) for case in plain} == {("self_care", "self_care")}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", ["sms", "voice"])
def test_nobody_is_sent_too_low_or_too_high(played: Four, channel: str, language: str) -> None:
    """0 under, 0 over, by each channel in each language."""
    assert [case.case.id for case in played[channel, language] if case.verdict != "ok"] == []


def test_text_phone_and_languages_agree_on_everybody(played: Four) -> None:
    """The same level and the same rules, however somebody reaches us."""
    first, *others = ([(case.case.id, case.level, case.rules) for case in told] for told in played.values())
    assert others and all(other == first for other in others)


def test_the_rules_that_a_case_is_about_fire_for_it(played: Four) -> None:
    """The right level for the wrong reason is luck; where a case says that no rule fits, none fires."""
    wrong = []
    for case, told in zip(CASES, played["sms", LANGUAGES[0]], strict=True):
        fired = set(told.rules)
        if not set(case["rules"]) <= fired or (fired and not case["rules"]):
            wrong.append((case["id"], case["rules"], told.rules))
    assert wrong == []


def test_every_rule_is_what_some_case_is_about(protocol: Protocol) -> None:
    """A rule that no case names could be dropped and nobody here would notice."""
    named = {rule for case in CASES for rule in case["rules"]}
    assert named == {rule.id for rule in protocol.rules}


def test_every_rule_decides_the_level_of_somebody(protocol: Protocol, played: Four) -> None:
    """Each rule is once of the highest level that fired."""
    level = {rule.id: rule.level for rule in protocol.rules}
    deciding = {
        rule for case in played["sms", LANGUAGES[0]] for rule in case.rules if level[rule] is case.level
    }
    assert deciding == set(level)


def test_a_new_case_changes_no_hash(tmp_path: Path) -> None:
    """It changes no answer, so it asks for no new sign-off."""
    copy = shutil.copytree(PROTOCOL_FOLDER, tmp_path / "copy")
    (copy / "vignettes.yaml").write_text("[]", encoding="utf-8")
    assert load(copy).hash == load(PROTOCOL_FOLDER).hash


def test_the_report_for_programs_has_its_fixed_shape(played: Four) -> None:
    """Other programs read it: no key more, none less."""
    report = vignette_report(played["voice", LANGUAGES[0]])
    assert set(report) == {"cases", "under", "over"} and (report["under"], report["over"]) == (0, 0)
    first = report["cases"][0]
    assert {key: type(told) for key, told in first.items()} == {
        "id": str,
        "disposition": str,
        "replies": int,
        "verdict": str,
    }


def test_the_report_for_people_shows_who_was_sent_wrong_and_which_rules_nobody_reached(line: Line) -> None:
    """One case that must fail both ways: named with its reason, and counted in the matrix."""
    facts = {"age": 40, "duration_days": 1, "severity_0_10": 3}
    low = {"id": "low", "facts": facts, "expected_min": "urgent_today", "reason": "Invented to fail."}
    high = {"id": "high", "facts": facts | {"fever_chills": True}, "expected_min": "self_care"}
    shapes = [low, high | {"expected_max": "self_care"}]
    table = vignette_table(line.protocol, vignettes_played(line, shapes, "sms", LANGUAGES[0]))
    assert "under low: given self_care, expected urgent_today at least, no limit at most. Invented" in table
    assert "over high: given urgent_today, expected self_care at least, self_care at most." in table
    assert "2 cases, 1 under, 1 over" in table
    assert f"rules that no case reached (35 of {len(line.protocol.rules)})" in table
