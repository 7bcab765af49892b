"""The walls of the house (docs: DESIGN): who may import whom, and the small shapes of the house style.

Every rule is shown to bite by a planted fault. A finding here is mended in the code, never silenced here.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("flows", "hotline", "workers")
STANDARD = frozenset(sys.stdlib_module_names)

FLOWS_NEVER = {"time", "random", "os", "socket", "uuid", "secrets"}
"""The protocol's machine is pure: time and ids are arguments."""

FLOWS_ONLY = STANDARD - FLOWS_NEVER | {"flows", "pydantic", "ruamel"}

NEVER = {
    "hotline": {"rq", "workers", "tests", "benchmarks"},
    "workers": {"flask", "werkzeug", "twilio", "redis", "sqlalchemy", "tests", "benchmarks"},
}

ONLY_IN = {
    "redis": ("hotline/store/", "hotline/embedded.py"),
    "flask": ("hotline/web.py", "hotline/console/", "hotline/phone/"),
    "twilio": ("hotline/channels/", "hotline/outbound.py", "hotline/phone/", "hotline/signature.py"),
    "sqlalchemy": ("hotline/records/",),
    "rq": ("workers/",),
}
"""A library -> the only places of the three rooms that may import it."""

STANDARD_ONLY = ("dev.py", "hotline/children.py")
"""Files that run before, or without, the installed packages."""

READS_FILES = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "iterdir", "glob", "rglob"}
READS_CLOCK = {"now", "utcnow", "today"}
MAX_FILE, MAX_FUNCTION = 500, 40


def sources() -> Iterator[str]:
    """Every Python file of the project, as a path from its root."""
    folders = [*ROOMS, "tests", "benchmarks"]
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    for path in [ROOT / "dev.py", *found]:
        place = path.relative_to(ROOT).as_posix()
        if not any(part in place for part in ("node_modules", "__pycache__", "/.packages/")):
            yield place


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every module that is imported anywhere, also inside a function or by name, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, name) for name in _names_from(node))
        elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__") and node.args:
            if isinstance(node.args[0], ast.Constant):
                yield node.lineno, str(node.args[0].value)


def _names_from(node: ast.ImportFrom) -> Iterator[str]:
    """`from a import b` may mean the module a.b; a relative import stays in its room."""
    if node.level == 0:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _called(node: ast.Call) -> str:
    """The last word of what is called: `open`, `read_text`, `now`."""
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def wrong_imports(place: str, tree: ast.AST) -> Iterator[str]:
    """What this file imports and may not, as `file:line: fault`."""
    room = place.partition("/")[0]
    for line, name in imported(tree):
        top = name.partition(".")[0]
        allowed = ONLY_IN.get(top, ())
        if top in NEVER.get(room, ()):
            yield f"{place}:{line}: {room} may never import {top}"
        elif room == "flows" and top not in FLOWS_ONLY:
            yield f"{place}:{line}: flows is pure and may not import {top}"
        elif room in ROOMS and top in ONLY_IN and not place.startswith(allowed):
            yield f"{place}:{line}: {top} is only for {', '.join(allowed)}"
        elif place in STANDARD_ONLY and top not in STANDARD:
            yield f"{place}:{line}: this file runs without packages and may not import {top}"


def loaded_too_early(place: str, tree: ast.Module) -> Iterator[str]:
    """The demo's phone and carrier are never loaded in production: others import them inside a function."""
    if place.startswith(("tests/", "hotline/phone/", "benchmarks/")):
        return
    for statement in tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            for line, name in imported(statement):
                if name.startswith("hotline.phone"):
                    yield f"{place}:{line}: import hotline.phone inside the function that needs it"


def impure(place: str, tree: ast.AST) -> Iterator[str]:
    """In flows only load.py opens files, and nobody reads the clock."""
    if not place.startswith("flows/"):
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = _called(node)
        if called in READS_CLOCK:
            yield f"{place}:{node.lineno}: flows may not read the clock: take `now` as an argument"
        if called in READS_FILES and place != "flows/load.py":
            yield f"{place}:{node.lineno}: in flows only load.py opens files"


def shapes(place: str, source: str, tree: ast.Module) -> Iterator[str]:
    """Door signs, docstrings, lengths, swallowed faults."""
    lines = source.count("\n")
    if lines > MAX_FILE:
        yield f"{place}: {lines} lines; over {MAX_FILE} split it by meaning"
    if tree.body and not ast.get_docstring(tree):
        yield f"{place}: no door sign: say what it is for and what it may not touch"
    if Path(place).stem in ("utils", "helpers", "common", "misc"):
        yield f"{place}: name the module after its idea"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION:
                yield f"{place}:{node.lineno}: {node.name} has {length} lines, over {MAX_FUNCTION}"
        if isinstance(node, ast.ExceptHandler) and _swallows(node):
            yield f"{place}:{node.lineno}: a fault is swallowed: name it and say why"


def _swallows(node: ast.ExceptHandler) -> bool:
    """`except:`, `except Exception:` or `except BaseException:` with nothing but `pass`."""
    broad = node.type is None or (
        isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")
    )
    return broad and len(node.body) == 1 and isinstance(node.body[0], ast.Pass)


def undocumented(place: str, tree: ast.Module) -> Iterator[str]:
    """Public functions, classes and methods without a docstring. A test's name is its own docstring."""
    if not place.startswith("tests/"):
        for node, name in _public(tree):
            if not ast.get_docstring(node):
                yield f"{place}:{node.lineno}: {name} has no docstring"


def _public(
    parent: ast.Module | ast.ClassDef, prefix: str = ""
) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, str]]:
    """What a module offers, methods included; what stands inside a function is its own affair."""
    for node in parent.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if not node.name.startswith("_"):
                yield node, prefix + node.name
                if isinstance(node, ast.ClassDef):
                    yield from _public(node, f"{node.name}.")


def findings(place: str, source: str) -> list[str]:
    """Everything that is wrong with one file."""
    tree = ast.parse(source)
    return [
        *wrong_imports(place, tree),
        *loaded_too_early(place, tree),
        *impure(place, tree),
        *shapes(place, source, tree),
        *undocumented(place, tree),
    ]


@pytest.mark.parametrize("place", sorted(sources()))
def test_the_walls_stand(place: str) -> None:
    """Each file keeps to its room and to the house style."""
    assert findings(place, (ROOT / place).read_text(encoding="utf-8")) == []


PLANTED_IMPORTS = [
    *[("flows/engine.py", f"import {name}") for name in sorted(FLOWS_NEVER)],
    *[("flows/engine.py", f"import {name}") for name in ("flask", "twilio", "redis", "rq", "sqlalchemy")],
    ("flows/engine.py", "from hotline import settings"),
    ("flows/engine.py", "from workers.jobs import deliver"),
    ("flows/engine.py", "import requests"),
    ("hotline/conversation.py", "import rq"),
    ("hotline/web.py", "from workers import jobs"),
    ("hotline/cli.py", "import workers.clock"),
    ("hotline/conversation.py", "from redis import Redis"),
    ("hotline/channels/sms.py", "from flask import request"),
    ("hotline/store/turn.py", "import flask"),
    ("hotline/web.py", "from twilio.rest import Client"),
    ("hotline/store/turn.py", "import sqlalchemy"),
    ("workers/jobs.py", "import redis"),
    ("workers/jobs.py", "from twilio.rest import Client"),
    ("workers/clock.py", "import flask"),
    ("hotline/children.py", "import redis"),
    ("dev.py", "import click"),
    ("hotline/line.py", "from hotline.phone import http"),
    ("hotline/line.py", "import tests.conftest"),
]

DISGUISES = [
    "def lazy():\n    '''Later.'''\n    import redis",
    "import importlib\nimportlib.import_module('redis')",
    "__import__('redis.client')",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from redis import Redis",
]


@pytest.mark.parametrize(("place", "line"), PLANTED_IMPORTS)
def test_a_planted_import_is_found(place: str, line: str) -> None:
    """A wall that never stops anybody is a picture of a wall."""
    assert len(findings(place, f'"""Sign."""\n{line}\n')) == 1


@pytest.mark.parametrize("source", DISGUISES)
def test_a_disguised_import_is_found(source: str) -> None:
    """Inside a function, by name, or for types only: it is the same arrow."""
    assert any("redis" in finding for finding in findings("hotline/conversation.py", f'"""S."""\n{source}\n'))


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("flows/load.py", "from ruamel.yaml import YAML\nopen('x')"),
        ("flows/engine.py", "from datetime import datetime\nimport flows.protocol"),
        ("hotline/store/turn.py", "import redis"),
        ("hotline/embedded.py", "import redis"),
        ("hotline/web.py", "import flask"),
        ("hotline/phone/pages.py", "import flask\nimport twilio"),
        ("hotline/line.py", "def wire():\n    '''Wires.'''\n    from hotline.phone import http"),
        ("workers/jobs.py", "import rq\nfrom hotline import line"),
    ],
)
def test_a_right_import_is_left_alone(place: str, line: str) -> None:
    """The doors are open for those who live there."""
    assert findings(place, f'"""Sign."""\n{line}\n') == []


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("x = 1\n", "door sign"),
        ('"""S."""\ndef speak():\n    return 1\n', "speak has no docstring"),
        ('"""S."""\nclass Line:\n    """L."""\n    def open(self): ...\n', "Line.open has no docstring"),
        ('"""S."""\n' + "x = 1\n" * MAX_FILE, "split it"),
        ('"""S."""\ndef long():\n    """L."""\n' + "    x = 1\n" * MAX_FUNCTION, "over 40"),
        ('"""S."""\ntry:\n    x = 1\nexcept Exception:\n    pass\n', "swallowed"),
    ],
)
def test_a_planted_fault_of_shape_is_found(source: str, told: str) -> None:
    """Door signs, docstrings, lengths and swallowed faults are looked at."""
    assert any(told in finding for finding in findings("hotline/line.py", source))


def test_a_planted_look_at_the_clock_or_a_file_is_found_in_flows() -> None:
    """Purity is more than imports."""
    clock = '"""S."""\nfrom datetime import datetime\nx = datetime.now()\n'
    assert any("clock" in finding for finding in findings("flows/programme.py", clock))
    assert any("load.py" in finding for finding in findings("flows/engine.py", '"""S."""\nopen("x")\n'))


def test_a_module_named_after_nothing_is_found() -> None:
    """`utils` says nothing about what is inside."""
    assert findings("hotline/utils.py", '"""S."""\n') == ["hotline/utils.py: name the module after its idea"]
