"""`hotline prove` prints one JSON document, and fails where something is broken or no fault is found."""

import json
from pathlib import Path

from click.testing import CliRunner

from flows.mutants import Survivor, Tried
from flows.prove import NAMES, Invariant, Proof
from hotline.cli import main
from hotline.cli_proof import report

HOLDS = tuple(Invariant(name, 7) for name in NAMES)


def test_the_document_has_the_names_that_other_programs_rely_on() -> None:
    tried = Tried(3, 2, (("words", 2),), (Survivor("rule x: dropped", "the same level"),))
    told = report(Proof("back_pain", "0123", 10, 5, 99, HOLDS), tried, signed=False)
    assert list(told) == ["protocol", "hash", "signed", "paths", "states", "invariants", "mutants"]
    assert [one["name"] for one in told["invariants"]] == list(NAMES)
    assert told["invariants"][0] == {
        "name": "flags_reach", "holds": True, "checked": 7, "counterexample": None, "notes": [],
    }  # fmt: skip
    assert told["mutants"] == {
        "made": 3, "rejected": 2, "survivors": [{"mutation": "rule x: dropped", "reason": "the same level"}],
    }  # fmt: skip
    assert json.loads(json.dumps(told)) == told


def test_a_counterexample_is_a_list_of_lines_and_no_mutants_are_made_for_it() -> None:
    broken = Invariant("monotone", 7, ("> BACK", "< Any of these?", "= told less with more"))
    told = report(Proof("back_pain", "0123", 10, 5, 99, (broken,)), None, signed=True)
    assert told["invariants"][0]["counterexample"] == ["> BACK", "< Any of these?", "= told less with more"]
    assert told["invariants"][0]["holds"] is False
    assert told["mutants"] is None


def test_a_folder_without_a_protocol_is_asked_wrongly(tmp_path: Path) -> None:
    asked = CliRunner().invoke(main, ["prove", str(tmp_path)])
    assert asked.exit_code == 2
    assert "protocol.yaml" in asked.output
