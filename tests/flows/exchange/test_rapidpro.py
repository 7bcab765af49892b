"""The RapidPro flow, without any engine: where its exits lead, and that every wait is bounded."""

from typing import Any

import pytest

from flows.exchange.rapidpro import export
from flows.protocol import Protocol


@pytest.fixture(scope="module")
def nodes(protocol: Protocol) -> list[dict[str, Any]]:
    """The nodes of the English flow."""
    found: list[dict[str, Any]] = export(protocol, "en")["flows"][0]["nodes"]
    return found


def waits(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The nodes that wait for a reply."""
    return [node for node in nodes if "wait" in node.get("router", {})]


def test_every_exit_leads_to_a_node_and_every_node_is_led_to(nodes: list[dict[str, Any]]) -> None:
    ids = [node["uuid"] for node in nodes]
    led = {exit["destination_uuid"] for node in nodes for exit in node["exits"]} - {None}
    assert led <= set(ids) and set(ids) - led == {ids[0]}
    assert len(ids) == len(set(ids))


def test_every_category_has_its_exit_and_every_case_its_category(nodes: list[dict[str, Any]]) -> None:
    for node in nodes:
        if "router" in node:
            router = node["router"]
            categories = {category["uuid"] for category in router["categories"]}
            assert [c["exit_uuid"] for c in router["categories"]] == [exit["uuid"] for exit in node["exits"]]
            assert {case["category_uuid"] for case in router["cases"]} <= categories
            assert router["default_category_uuid"] in categories


def test_every_wait_hears_the_emergency_number_first_and_ends_after_silence(
    protocol: Protocol, nodes: list[dict[str, Any]]
) -> None:
    asking = waits(nodes)
    assert len(asking) > len(protocol.questions) * 6
    for node in asking:
        assert node["router"]["cases"][0]["arguments"] == ["911"]
        assert node["router"]["wait"]["timeout"]["seconds"] == 70 * 60


def test_no_only_counts_as_a_whole_reply(nodes: list[dict[str, Any]]) -> None:
    """ "no but my leg is numb" is asked again, never taken for a no."""
    for node in waits(nodes):
        names = {c["uuid"]: c["name"] for c in node["router"]["categories"]}
        for case in node["router"]["cases"]:
            if names[case["category_uuid"]] in ("No", "Yes", "None", "Not sure"):
                assert case["type"] in ("has_only_text", "has_only_phrase")


def test_nothing_leads_from_an_answer_straight_to_self_care(nodes: list[dict[str, Any]]) -> None:
    homes = {
        node["uuid"]
        for node in nodes
        if any(action.get("value") == "self_care" for action in node["actions"])
    }
    assert len(homes) == 1
    leading = [node for node in nodes if any(exit["destination_uuid"] in homes for exit in node["exits"])]
    assert [node["router"]["categories"][0]["name"] for node in leading] == ["Answered"]


def test_the_same_protocol_gives_the_same_flow(protocol: Protocol) -> None:
    assert export(protocol, "en") == export(protocol, "en")
