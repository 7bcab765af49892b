"""The carrier's official OpenAPI document, cut down to what we speak and made as strict as the carrier is.

The document by itself takes a text without From or Body and to "hello", and refuses array parameters; the
rules that the carrier applies beyond it are added here. Made at test time, never committed."""

import copy
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SPEC = "@twilio/cli-core/src/services/twilio-api/twilio_api_v2010.json"
ROOT = "/2010-04-01/Accounts/{AccountSid}"
KEPT = ("/Messages.json", "/Messages/{Sid}.json", "/Calls.json", "/Calls/{Sid}.json")
METHODS = ("get", "post")
FORM = "application/x-www-form-urlencoded"
ERRORS = (400, 401, 403, 404, 422, 429, 500, 503)
ERROR = {
    "type": "object",
    "additionalProperties": False,
    "required": ["code", "message", "more_info", "status"],
    "properties": {
        "code": {"type": "integer"},
        "message": {"type": "string"},
        "more_info": {"type": "string", "format": "uri"},
        "status": {"type": "integer"},
    },
}
NUMBER = r"^(whatsapp:)?\+[1-9][0-9]{6,14}$"
CALLED = r"^(\+[1-9][0-9]{6,14}|(client|sip):.+)$"
FORMATS = {
    "date-time-rfc-2822": r"^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} \+0000$",
    "currency": r"^[A-Z]{3}$",
}
"""The carrier's own formats, which Prism does not know and so lets pass."""


def make(node_modules: Path) -> dict[str, Any]:
    """The strict document for the four addresses we use."""
    spec = json.loads((node_modules / SPEC).read_text(encoding="utf-8"))
    paths = {ROOT + path: copy.deepcopy(spec["paths"][ROOT + path]) for path in KEPT}
    for path in paths.values():
        for method in METHODS:
            if method in path:
                _tighten(path[method])
        for method in set(path) - {"servers", *METHODS}:
            del path[method]
    for name in ("/Messages.json", "/Calls.json"):
        _lists(paths[ROOT + name]["get"])
    _texts(paths[f"{ROOT}/Messages.json"]["post"])
    _calls(paths[f"{ROOT}/Calls.json"]["post"])
    schemas = _needed(paths, spec["components"]["schemas"])
    for name in ("api.v2010.account.message", "api.v2010.account.call"):
        # An answer that leaves a field out would pass otherwise.
        schemas[name] |= {"required": sorted(schemas[name]["properties"]), "additionalProperties": False}
        for kind in schemas[name]["properties"].values():
            if kind.get("format") in FORMATS:
                kind["pattern"] = FORMATS[kind["format"]]
    security = spec["components"]["securitySchemes"]
    parts = {"schemas": schemas, "securitySchemes": security}
    return {"openapi": spec["openapi"], "info": spec["info"], "paths": paths, "components": parts}


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a request to one address may have. lists: those of the form that may come repeatedly."""

    query: frozenset[str]
    form: frozenset[str]
    lists: frozenset[str]


def names(document: dict[str, Any], method: str, path: str) -> Names | None:
    """Every name that the document knows there, or None where it knows no such address."""
    for known, methods in document["paths"].items():
        pattern = "[^/]+".join(re.escape(part) for part in re.split(r"{\w+}", known))
        if re.fullmatch(pattern, path) and method.lower() in methods:
            operation = methods[method.lower()]
            form = operation.get("requestBody", {}).get("content", {}).get(FORM, {})
            properties = form.get("schema", {}).get("properties", {})
            query = {asked["name"] for asked in operation.get("parameters", []) if asked["in"] == "query"}
            return Names(frozenset(query), frozenset(properties), frozenset(form.get("encoding", {})))
    return None


def _tighten(operation: dict[str, Any]) -> None:
    for code in ERRORS:
        answer = {"description": "error", "content": {"application/json": {"schema": ERROR}}}
        operation["responses"].setdefault(str(code), answer)
    content = operation.get("requestBody", {}).get("content", {}).get(FORM)
    if content is not None:
        lists = [
            name for name, kind in content["schema"]["properties"].items() if kind.get("type") == "array"
        ]
        content["encoding"] = {name: {"style": "form", "explode": True} for name in lists}


def _lists(operation: dict[str, Any]) -> None:
    """The document calls a list's links whole addresses, but its own examples and the carrier give paths."""
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    for link in ("first_page_uri", "next_page_uri", "previous_page_uri", "uri"):
        schema["properties"][link]["format"] = "uri-reference"
    schema |= {"required": sorted(schema["properties"]), "additionalProperties": False}


def _texts(operation: dict[str, Any]) -> None:
    schema = operation["requestBody"]["content"][FORM]["schema"]
    schema["properties"]["Body"] |= {"maxLength": 1600, "minLength": 1}
    schema["properties"]["To"] |= {"pattern": NUMBER}
    schema["properties"]["ValidityPeriod"] |= {"minimum": 1, "maximum": 36_000}
    senders = [{"required": ["From"]}, {"required": ["MessagingServiceSid"]}]
    contents = [{"required": [name]} for name in ("Body", "MediaUrl", "ContentSid")]
    schema["allOf"] = [{"anyOf": senders}, {"anyOf": contents}]


def _calls(operation: dict[str, Any]) -> None:
    schema = operation["requestBody"]["content"][FORM]["schema"]
    schema["properties"]["To"] |= {"pattern": CALLED}
    schema["anyOf"] = [{"required": [name]} for name in ("Url", "Twiml", "ApplicationSid")]


def _needed(part: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """The schemas that a part of the document refers to, and those that they refer to."""
    found: dict[str, Any] = {}
    waiting = _references(part)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = copy.deepcopy(schemas[name])
            waiting |= _references(found[name])
    return found


def _references(part: Any) -> set[str]:
    return set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(part)))
