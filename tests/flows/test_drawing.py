"""The picture of the protocol shows what the machine does, and the one in docs is today's."""

import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from flows.drawing import COLOURS, dot
from flows.load import loads, read_folder
from flows.protocol import Level, Protocol
from hotline.settings import PROTOCOL_FOLDER
from hotline.svg import PROGRAM, NoDrawer, svg

DOCS = Path(__file__).resolve().parents[2] / "docs"
RED = COLOURS[Level.emergency_now][0]


def nodes_into(level: Level, drawn: str) -> dict[str, str]:
    """What leads into a level: the node's name -> how the line is drawn."""
    arrow = f" -> l_{level.name}:w "
    lines = (line.strip().partition(arrow) for line in drawn.splitlines() if arrow in line)
    return {node.removesuffix(":e"): style for node, _, style in lines}


def test_the_picture_in_docs_is_made_from_the_protocol(protocol: Protocol) -> None:
    """Stale: run `hotline draw --format dot --out docs/protocol.dot`."""
    assert (DOCS / "protocol.dot").read_text(encoding="utf-8") == dot(protocol)


def test_the_svg_in_docs_is_made_from_the_picture(protocol: Protocol) -> None:
    """Stale: run `hotline draw --out docs/protocol.svg`."""
    assert (DOCS / "protocol.svg").read_text(encoding="utf-8") == svg(dot(protocol))


def test_every_rule_leads_to_its_level_and_only_red_lines_lead_into_emergency(protocol: Protocol) -> None:
    """A line too many or in the wrong colour would be a lie about somebody's level."""
    drawn = dot(protocol)
    for level in Level:
        into = nodes_into(level, drawn)
        rules = {name for name in into if name.startswith("r_") and name != "r_none"}
        assert rules == {f"r_{rule.id}" for rule in protocol.rules if rule.level is level}
        assert all(COLOURS[level][0] in style for style in into.values())
    assert all(RED not in style for level in list(Level)[:3] for style in nodes_into(level, drawn).values())


def test_floors_are_dashed_and_rules_are_not(protocol: Protocol) -> None:
    """Unknown is told apart from told, at a glance."""
    drawn = dot(protocol)
    for level in Level:
        into = nodes_into(level, drawn)
        floors = {name for name, style in into.items() if "style=dashed" in style}
        assert floors == {f"f_{question.id}" for question in protocol.questions if question.floor is level}


def test_only_somebody_with_no_sign_at_all_is_led_to_self_care(protocol: Protocol) -> None:
    """One green line: everything was answered and no rule fired."""
    assert set(nodes_into(Level.self_care, dot(protocol))) == {"r_none"}


def test_the_questions_stand_in_their_order(protocol: Protocol) -> None:
    """The chain that is drawn from the top is the order in which they are asked."""
    assert " -> ".join(f"q_{question.id}" for question in protocol.questions) in dot(protocol)


def test_a_changed_level_changes_the_picture() -> None:
    """The picture is of this protocol, not of a memory of it."""
    files = read_folder(PROTOCOL_FOLDER)
    louder = files["protocol.yaml"].replace(
        "when: {risks: 2}, level: clinician_soon, text: C", "when: {risks: 2}, level: urgent_today, text: U"
    )
    drawn = dot(loads(files | {"protocol.yaml": louder}))
    assert "r_weight" in nodes_into(Level.urgent_today, drawn)


def test_names_with_quotes_and_angles_are_drawn_as_they_are() -> None:
    """A source is any text: it may not break out of its place in the picture."""
    files = read_folder(PROTOCOL_FOLDER)
    odd = 'a "quote", a \\\\ and <b>'
    written = files["protocol.yaml"].replace(
        "source: obstetric leaflets on signs in pregnancy", f"source: '{odd}'"
    )
    drawn = svg(dot(loads(files | {"protocol.yaml": written})))
    titles = [
        node.get("{http://www.w3.org/1999/xlink}title") for node in ElementTree.fromstring(drawn).iter()
    ]
    assert any(title and '"quote"' in title and "<b>" in title for title in titles)


def test_who_lacks_the_drawing_program_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run-time install has no such program: DOT still works, and SVG says what to do."""
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which(PROGRAM) is None
    with pytest.raises(NoDrawer, match=r"pip install 'backline\[draw\]', or write --format dot"):
        svg("digraph {}")


def test_a_picture_that_cannot_be_drawn_says_why() -> None:
    """The program's own words reach the person."""
    with pytest.raises(NoDrawer, match="syntax error"):
        svg("digraph {")
