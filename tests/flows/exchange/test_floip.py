"""The Flow Spec container, without any engine: where its exits lead, and what it says about itself."""

from typing import Any

import pytest

from flows.exchange.floip import FAIL_SAFE, container
from flows.protocol import Level, Protocol

MODIFIED = "2026-11-01T00:00:00Z"


@pytest.fixture(scope="module")
def blocks(protocol: Protocol) -> list[dict[str, Any]]:
    """The blocks of the English flow."""
    found: list[dict[str, Any]] = container(protocol, "en", MODIFIED)["flows"][0]["blocks"]
    return found


def test_every_default_exit_leads_to_the_fail_safe(blocks: list[dict[str, Any]]) -> None:
    named = {block["name"]: block["uuid"] for block in blocks}
    defaults = [exit for block in blocks for exit in block["exits"] if exit.get("default")]
    assert len(defaults) > 20
    assert {exit["destination_block"] for exit in defaults} == {named[FAIL_SAFE]}


def test_the_fail_safe_sends_a_person_to_be_seen_today(blocks: list[dict[str, Any]]) -> None:
    named = {block["name"]: block for block in blocks}
    assert Level.urgent_today.name in named[FAIL_SAFE]["config"]["value"]


def test_self_care_is_reached_only_by_an_explicit_answer_to_every_question(
    protocol: Protocol, blocks: list[dict[str, Any]]
) -> None:
    named = {block["name"]: block for block in blocks}
    home = named["disposition_self_care"]["uuid"]
    leading = [exit for block in blocks for exit in block["exits"] if exit.get("destination_block") == home]
    assert len(leading) == 1
    assert all(f"flow.answer_{question.id}" in leading[0]["test"] for question in protocol.questions)


def test_every_exit_leads_to_a_block_and_every_block_is_led_to(blocks: list[dict[str, Any]]) -> None:
    ids = [block["uuid"] for block in blocks]
    led = {
        exit["destination_block"]
        for block in blocks
        for exit in block["exits"]
        if "destination_block" in exit
    }
    assert led <= set(ids) and set(ids) - led == {ids[0]}
    assert len(ids) == len(set(ids)) == len({block["name"] for block in blocks})


def test_tries_staff_tasks_and_follow_ups_stand_under_our_own_name(protocol: Protocol) -> None:
    flow = container(protocol, "en", MODIFIED)["flows"][0]
    beside = flow["vendor_metadata"]["backline"]
    assert len(beside["programme"]["steps"]) == len(protocol.programme.steps)
    assert beside["limits"]["nudge_after_min"] == protocol.limits.nudge_after_min
    asked = next(block for block in flow["blocks"] if block["name"] == "answer_heart")
    assert asked["vendor_metadata"]["backline"]["tries"] == {"unsure": 2, "misses": 3}
    told = next(block for block in flow["blocks"] if block["name"] == "tell_E_911")
    assert told["vendor_metadata"]["backline"]["staff_task_due_min"] == 15


def test_the_same_protocol_gives_the_same_container(protocol: Protocol) -> None:
    assert container(protocol, "en", MODIFIED) == container(protocol, "en", MODIFIED)


def test_every_text_is_there_by_text_and_by_phone(protocol: Protocol) -> None:
    for language in protocol.languages:
        made = container(protocol, language, MODIFIED)
        for resource in made["resources"]:
            modes = [mode for value in resource["values"] for mode in value["modes"]]
            assert modes == ["SMS", "IVR"]
            assert all(value["value"] and "{" not in value["value"] for value in resource["values"])


def test_a_language_that_is_not_there_is_refused(protocol: Protocol) -> None:
    with pytest.raises(KeyError):
        container(protocol, "xx", MODIFIED)
