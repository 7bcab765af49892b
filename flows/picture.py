"""The stage table as a page that a person can read aloud: docs/stages.md is made from it, and a test
holds it to that.

May not: know anything that the table does not say."""

from collections.abc import Iterable
from enum import Enum

from flows.engine import ROWS
from flows.heard import Kind
from flows.session import Stage

HEAD = """# Stages

Made from the table in `flows/engine.py` by `python -m flows.picture`; a test fails when this page is stale.
Stages of a conversation, what may be heard in each, what the step does, and the stages it may lead to.
What is not in the table
cannot be heard there, and is refused by name.

| in | heard | what happens | leads to |
|---|---|---|---|
"""


def page() -> str:
    """The table as Markdown."""
    rows = (
        f"| {_stages(ins)} | {_names(kinds)} | {_said(step.__doc__)} | {_stages(to)} |"
        for ins, kinds, step, to in ROWS
    )
    return HEAD + "\n".join(rows) + "\n"


def _names(kinds: Iterable[Kind]) -> str:
    return ", ".join(_name(kind) for kind in kinds)


def _stages(stages: Iterable[Stage]) -> str:
    named = list(dict.fromkeys(stages))
    return "any" if len(named) == len(Stage) else ", ".join(_name(stage) for stage in named)


def _name(item: Enum) -> str:
    return item.name.replace("_", " ")


def _said(docstring: str | None) -> str:
    return " ".join((docstring or "").strip().split("\n\n")[0].split())


if __name__ == "__main__":
    print(page(), end="")
