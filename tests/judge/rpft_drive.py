"""Drives an exported RapidPro flow through the routing of PyPI `rpft`, one person after the other.

A program of its own, because rpft pins libraries that ours cannot share: PYTHONPATH names its folder.
rpft keeps no results, so this remembers what the flow itself says to remember; every choice of an exit is
rpft's. Standard input: {"flow": ..., "people": [[reply or null, ...], ...]}; null is silence until the wait's
time-out. Standard output: for each person the level, and the messages that came after it."""

import copy
import importlib
import json
import sys
from typing import Any

simulation = importlib.import_module("rpft.rapidpro.simulation")


def marked(flow: dict[str, Any]) -> tuple[dict[str, Any], dict[str, tuple[str, str | None]]]:
    """The nodes by id, each exit leading to its own id, so that rpft's choice names the exit; and the exits'
    categories and real destinations."""
    nodes, exits = {}, {}
    for node in copy.deepcopy(flow["nodes"]):
        names = {c["exit_uuid"]: c["name"] for c in node.get("router", {}).get("categories", ())}
        for leaving in node["exits"]:
            exits[leaving["uuid"]] = (names.get(leaving["uuid"], ""), leaving["destination_uuid"])
            leaving["destination_uuid"] = leaving["uuid"]
        nodes[node["uuid"]] = node
    return nodes, exits


def drive(flow: dict[str, Any], marks: Any, replies: list[str | None]) -> list[str]:
    """What one person is told: the level, then the messages after it."""
    nodes, exits = marks
    results: dict[str, str] = {}
    context = simulation.Context(inputs=list(replies), variables=results)
    here: str | None = flow["nodes"][0]["uuid"]
    told: list[str] = []
    while here is not None:
        node = nodes[here]
        told += [value for kind, value in simulation.process_actions(node, context) if kind == "send_msg"]
        for action in node["actions"]:
            if action["type"] == "set_run_result":
                results["@results." + action["name"]] = action["value"]
                told = [] if action["name"] == "disposition" else told
        waits = "wait" in node.get("router", {})
        if waits and not context.inputs:
            return ["asked for more than we do"]
        reply = context.inputs[0] if waits else None
        category, there = exits[simulation.find_destination_uuid(node, context)]
        if "result_name" in node.get("router", {}):
            results["@results." + node["router"]["result_name"]] = reply or ""
            results["@results." + node["router"]["result_name"] + ".category"] = category
        here = there
    if context.inputs:
        return ["ended before we do"]
    return [results.get("@results.disposition", ""), *told]


def main() -> None:
    """Reads the people, writes what each is told."""
    asked = json.load(sys.stdin)
    marks = marked(asked["flow"])
    json.dump([drive(asked["flow"], marks, replies) for replies in asked["people"]], sys.stdout)


if __name__ == "__main__":
    main()
