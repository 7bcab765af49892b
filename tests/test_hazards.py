"""Every control in docs/hazards.md names tests that exist."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROW = re.compile(r"^\| (H\d+) \|.*\| (.+) \|$", re.MULTILINE)


def names_of_tests() -> set[str]:
    """The names of all test functions of the project."""
    found = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        if "node_modules" not in path.parts:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return found


def test_each_hazard_names_a_test_that_exists() -> None:
    rows = ROW.findall((ROOT / "docs" / "hazards.md").read_text(encoding="utf-8"))
    assert [number for number, _ in rows] == [f"H{place}" for place in range(1, len(rows) + 1)]
    there = names_of_tests()
    named = {number: re.findall(r"`(test_\w+)`", tests) for number, tests in rows}
    assert all(named.values()), "a hazard without a test"
    missing = {number: [name for name in tests if name not in there] for number, tests in named.items()}
    assert not any(missing.values()), missing
