"""The proof holds for the shipped protocol, and fails, in words that a person can read, for broken copies
of it."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from flows.load import FaultyProtocol, loads
from flows.proof.agreeing import agree
from flows.proof.asides import two_signs, unread
from flows.proof.bounds import for_ever
from flows.proof.breaking import ordered
from flows.proof.flags import Monotone, Oracle
from flows.proof.page import HEAD, invariants
from flows.proof.reached import Rules
from flows.proof.stated import Stated
from flows.proof.straight import End, Node, Straight, end_of, opened, step, walk
from flows.proof.tries import END, FACTS, TRIES, Walker, small
from flows.proof.words import words
from flows.protocol import UNKNOWN, Level, Medium, Protocol
from flows.prove import NAMES, Proof, flags_reach, prove
from flows.session import Session, Stage

WHOLE = os.environ.get("BACKLINE_CI") == "1" or os.environ.get("BACKLINE_LONG") == "1"


@pytest.fixture(scope="module")
def straight(protocol: Protocol) -> Straight:
    """Every answer set of the shipped protocol."""
    return walk(protocol, "en")


@pytest.fixture(scope="module")
def proof(protocol: Protocol) -> Proof:
    """The whole proof: over a minute, so only where everything is run."""
    if not WHOLE:
        pytest.skip("the walk over all tries takes a minute: BACKLINE_LONG=1, or hotline prove")
    return prove(protocol)


def test_every_invariant_holds_for_the_shipped_protocol(proof: Proof) -> None:
    broken = {one.name: one.counterexample for one in proof.invariants if not one.holds}
    assert broken == {}
    assert tuple(one.name for one in proof.invariants) == NAMES
    assert all(one.checked > 100 for one in proof.invariants)


def test_the_proof_stays_small_enough_for_a_few_minutes(proof: Proof) -> None:
    """Counted, not timed: a turn takes about 100 microseconds. Texts in the middle of a call took the last
    tenth of it."""
    assert proof.states < 60_000
    assert proof.steps < 2_800_000


def test_every_answer_set_is_told_what_the_oracle_states(straight: Straight) -> None:
    oracle = Oracle(straight)
    assert oracle.flags_reach() is None
    assert oracle.unknown_is_safe() is None
    assert oracle.checked > 300_000
    assert straight.count() > 100_000_000
    assert straight.misheard == []


def test_every_rule_is_reached_and_none_is_shadowed(straight: Straight) -> None:
    assert Rules(straight).broken() is None


def test_nobody_is_told_more_than_the_oracle_states(straight: Straight) -> None:
    stated = Stated(straight)
    assert stated.broken() is None
    assert stated.checked > 4_000


def test_one_sign_more_never_lowers_a_level(straight: Straight) -> None:
    pairs = Monotone(straight)
    assert pairs.broken() is None
    assert pairs.checked > 10_000


def test_texts_keys_and_hand_over_between_them_agree(straight: Straight) -> None:
    found = agree(straight)
    assert found.counterexample is None
    assert found.checked > 10_000


def test_the_words_fit_and_name_what_is_accepted(protocol: Protocol) -> None:
    assert words(protocol).counterexample is None


def test_whatever_is_told_over_and_over_comes_to_an_end(protocol: Protocol) -> None:
    """A doubt, an answer, the same doubt again: the answer between ends the misses in a row."""
    rounds, endless = for_ever(protocol)
    assert endless is None
    assert rounds > 1000


def test_somebody_well_who_is_unsure_or_silent_is_never_told_less_than_the_floor(protocol: Protocol) -> None:
    walked = small(protocol, "en")
    assert walked.broken == {}
    assert walked.unheard == set()
    assert walked.steps > 20_000


# Ten single lines of the red-flag table, each broken in a copy: what was written, and what was written
# instead.
BROKEN_LINES = [
    (
        "when: {heart: yes}, level: emergency_now, text: E_911",
        "when: {heart: yes}, level: self_care, text: S",
    ),
    ("when: {saddle: yes}, level: emergency_now", "when: {saddle: no}, level: emergency_now"),
    (
        "when: {limbs: 4}, level: emergency_now, text: E_SPINE",
        "when: {limbs: 4}, level: urgent_today, text: U_LIMB",
    ),
    (
        "when: {injury: 2, limbs: 3}, level: emergency_now",
        "when: {injury: 3, limbs: 3}, level: emergency_now",
    ),
    ("when: {fever: [2, 4], risks: 3}", "when: {fever: 4, risks: 3}"),
    ("when: {injury: 2, age: {at_least: 65}}", "when: {injury: 2, age: {at_least: 66}}"),
    (
        "when: {risks: 3}, level: urgent_today, text: U_INFECT",
        "when: {risks: 3}, level: clinician_soon, text: C",
    ),
    ("when: {pain: {at_least: 8}, relief: no}", "when: {pain: {at_least: 9}, relief: no}"),
    ("when: {time: 4}, level: clinician_soon", "when: {time: [3, 4]}, level: clinician_soon"),
    ("when: {age: {under: 18}}, level: clinician_soon", "when: {age: {under: 17}}, level: clinician_soon"),
]


@pytest.mark.parametrize(("line", "instead"), BROKEN_LINES, ids=str)
def test_one_broken_line_of_the_table_is_shown_by_a_conversation(
    protocol: Protocol, line: str, instead: str
) -> None:
    files = dict(protocol.files)
    assert files["protocol.yaml"].count(line) == 1, line
    files["protocol.yaml"] = files["protocol.yaml"].replace(line, instead)
    found = flags_reach(walk(loads(files), "en"))
    assert found.counterexample is not None
    assert found.counterexample[0].startswith(("> BACK", "= "))
    assert any(text.startswith("= ") and "told" in text for text in found.counterexample[-1:])
    assert sum(text.startswith("> ") for text in found.counterexample) <= 14


TOO_WIDE = [
    ("when: {injury: 2, age: {at_least: 65}}", "when: {age: {at_least: 65}}"),
    ("when: {age: {at_least: 60}, pain", "when: {age: {at_least: 59}, pain"),
    ("    ask_if: {risks: 6}\n", ""),
]


@pytest.mark.parametrize(("line", "instead"), TOO_WIDE, ids=str)
def test_a_level_that_no_flag_states_is_found(protocol: Protocol, line: str, instead: str) -> None:
    files = dict(protocol.files)
    assert files["protocol.yaml"].count(line) == 1, line
    files["protocol.yaml"] = files["protocol.yaml"].replace(line, instead)
    broken = Stated(walk(loads(files), "en")).broken()
    assert broken is not None
    assert broken[-1].startswith("= flags.yaml states ")


def test_a_lowered_floor_is_found(protocol: Protocol) -> None:
    questions = tuple(
        replace(q, floor=Level.clinician_soon) if q.id == "limbs" else q for q in protocol.questions
    )
    broken = Oracle(walk(replace(protocol, questions=questions), "en")).unknown_is_safe()
    assert broken is not None
    assert broken[-1] == '= "limbs" stays unknown, so urgent_today is the least: told clinician_soon'


def every_path(
    protocol: Protocol, node: Session, told: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], End]]:
    """Every answer set, one by one, nothing merged."""
    from flows.proof.people import People
    from flows.proof.sayings import Sayings

    question = protocol.questions[node.asked]
    for value in (*People(protocol).answers(question), UNKNOWN):
        reply = Sayings(protocol, "en").reply(question, value)
        assert reply is not None
        session, asked = node, node.asked
        while session.stage is Stage.asking and session.asked == asked:
            session, effects = step(protocol, session, reply[1])
        end = end_of(session, effects)
        if end is not None:
            yield (*told, value), end
        else:
            yield from every_path(protocol, session, (*told, value))


def few(protocol: Protocol, *ids: str) -> Protocol:
    """A small protocol: these questions of the shipped one, and the rules that read nothing else."""
    return ordered(protocol, [question for question in protocol.questions if question.id in ids])


def test_merging_changes_no_end_of_any_answer_set(protocol: Protocol) -> None:
    """Each answer set of a small protocol, alone through the engine, ends as the merged walk says."""
    little = few(protocol, "limbs", "injury", "fever", "age")
    merged, seen = walk(little, "en"), 0
    start, _ = opened(little, "en")
    for told, end in every_path(little, start, ()):
        here: Node | End = merged.start
        for value in told:
            assert isinstance(here, Node)
            here = here.after[value]
        assert here == end, told
        seen += 1
    assert seen == merged.count() > 300


def test_merging_changes_nothing_that_the_walk_over_all_tries_finds(protocol: Protocol) -> None:
    little = few(protocol, "saddle", "limbs")
    found = []
    for merged in (True, False):
        walker = Walker(little, "en", merged=merged)
        for medium in Medium:
            walker.add(opened(little, "en", medium)[0], TRIES, END, None)
        walker.add(opened(little, "en")[0], FACTS, END, None)
        walker.run(None)
        found.append(walker.walked)
    merged_walk, whole = found
    assert whole.found > merged_walk.found
    assert set(whole.broken) == set(merged_walk.broken)
    assert whole.said == merged_walk.said
    assert whole.most_answered == merged_walk.most_answered


def test_a_protocol_that_does_not_load_is_no_protocol_to_prove(protocol: Protocol) -> None:
    files = dict(protocol.files)
    files["flags.yaml"] = files["flags.yaml"].replace("  heart: urgent_today", "  hart: urgent_today")
    with pytest.raises(FaultyProtocol, match='no question "hart"'):
        loads(files)


def test_the_page_of_the_proof_is_what_is_so(proof: Proof) -> None:
    """Make it anew: python -m flows.proof.page > docs/proof.md"""
    written = (Path(__file__).parents[2] / "docs" / "proof.md").read_text(encoding="utf-8")
    assert invariants(proof) in written


def test_the_page_names_as_many_answer_sets_as_there_are(straight: Straight) -> None:
    written = (Path(__file__).parents[2] / "docs" / "proof.md").read_text(encoding="utf-8")
    assert written.startswith(HEAD)
    assert f"{straight.count():,} answer sets" in written


def test_two_emergency_signs_in_one_text_are_told_with_the_text_that_wins(protocol: Protocol) -> None:
    checked, broken = two_signs(protocol)
    assert broken is None
    assert checked >= 300


def test_whoever_is_never_understood_gets_the_floor_and_an_end(straight: Straight) -> None:
    checked, broken = unread(straight)
    assert broken is None
    assert checked >= 3 * len(straight.protocol.questions)


def test_a_doubt_told_for_ever_would_be_found(protocol: Protocol) -> None:
    """Without a limit of misses the same doubt, with an answer between, is heard to go round."""
    endless = replace(protocol.limits, misses=99, misses_in_a_row=dict.fromkeys(Medium, 99))
    _, broken = for_ever(replace(protocol, limits=endless))
    assert broken is not None
    assert broken[-1].endswith("never ends")
