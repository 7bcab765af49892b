"""The carrier's REST, as twilio-python speaks it: Messages and Calls under /2010-04-01/Accounts.

May use: flask. May not: keep anything itself (Carrier does)."""

import hmac
import socket
import struct
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, NoReturn
from urllib.parse import urlencode

from flask import Blueprint, Response, g, jsonify, request

from hotline.phone.call import Call
from hotline.phone.carrier import Carrier
from hotline.phone.faults import LOSSES, REFUSALS, Fault
from hotline.phone.messages import VERSION, Message, RestRefused, when

ROOT = f"/{VERSION}/Accounts/<account>"


def rest_blueprint(carrier: Carrier) -> Blueprint:
    """The REST of one carrier, for `create_phone`."""
    rest = Blueprint("rest", __name__)
    for rule, method, view in (
        ("/Messages.json", "POST", lambda: _create(carrier)),
        ("/Messages.json", "GET", lambda: _list(carrier)),
        ("/Messages/<sid>.json", "GET", lambda sid: jsonify(carrier.fetch(sid).shown(carrier.account.sid))),
        ("/Calls/<sid>.json", "GET", lambda sid: jsonify(_call(carrier, sid))),
        ("/Calls.json", "POST", lambda: _place(carrier)),
        ("/Calls.json", "GET", lambda: _list_calls(carrier)),
    ):
        rest.add_url_rule(
            ROOT + rule, f"{method} {rule}".replace(".json", ""), _guarded(carrier, view), methods=[method]
        )
    return rest


def _guarded(carrier: Carrier, view: Callable[..., Response]) -> Callable[..., Response]:
    """Checks who asks, turns refusals into the carrier's JSON and writes the ledger."""

    def answer(account: str, **names: str) -> Response:
        try:
            _authenticate(carrier, account)
            reply = view(**names)
        except RestRefused as refused:
            reply = _error(refused)
        if not g.get("in_ledger", False):
            carrier.note(request.method, request.path, request.form, reply.status_code, None, None)
        return reply

    return answer


def _authenticate(carrier: Carrier, account: str) -> None:
    given = request.authorization
    known = carrier.account
    basic = given is not None and given.type == "basic"
    pair = f"{given.username}:{given.password}" if given is not None and basic else ""
    right = hmac.compare_digest(pair.encode(), f"{known.sid}:{known.auth_token}".encode())
    if not right or account != known.sid:
        raise RestRefused(20003)


def _error(refused: RestRefused) -> Response:
    reply = jsonify(refused.shown())
    reply.status_code = refused.status
    if refused.status == 401:
        reply.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return reply


def _create(carrier: Carrier) -> Response:
    form, to = request.form.to_dict(), request.form.get("To", "")
    fault = carrier.faults.take(REFUSALS, to)
    if fault is not None:
        status = _refused_status(fault)
        _note(carrier, form, status, None, fault)
        return _refuse(fault)
    message = carrier.create(form)
    fault = carrier.faults.take(LOSSES, to)
    status = 201 if fault is None or fault.kind == "garbage" else 500 if fault.kind == "error_after" else 0
    _note(carrier, form, status, message.sid, fault)
    reply = jsonify(message.shown(carrier.account.sid))
    reply.status_code = 201
    return reply if fault is None else _lose(fault, reply)


def _note(carrier: Carrier, form: dict[str, str], status: int, sid: str | None, fault: Fault | None) -> None:
    """Into the ledger before the answer leaves: a hang must not hide that the request came."""
    g.fault = fault.kind if fault else None
    carrier.note("POST", request.path, form, status, sid, g.fault)
    g.in_ledger = True


def _refused_status(fault: Fault) -> int:
    return {"limit": 429, "refuse": 400, "error": 500}.get(fault.kind, 0)


def _refuse(fault: Fault) -> Response:
    """What the line gets for a text that was not accepted."""
    match fault.kind:
        case "limit":
            return _error(RestRefused(20429))
        case "refuse":
            return _error(RestRefused(fault.code))
        case "error":
            return _error(RestRefused(20500))
        case "hang":
            time.sleep(fault.seconds)
    return _cut(b"")


def _lose(fault: Fault, reply: Response) -> Response:
    """What the line gets for a text that was accepted, but whose answer is lost."""
    match fault.kind:
        case "error_after":
            return _error(RestRefused(20500))
        case "garbage":
            return Response("<html>\x00 not JSON", 201, content_type="application/json")
        case "hang_after":
            time.sleep(fault.seconds)
            return _cut(b"")
    body = reply.get_data()
    return _cut(body[: len(body) // 2], len(body))


def _cut(start: bytes, whole: int = 1) -> Response:
    """An answer that breaks off after `start`: the connection is reset under the line."""
    link = request.environ.get("werkzeug.socket")

    def broken() -> Iterator[bytes]:
        if start:
            yield start
        if isinstance(link, socket.socket):
            # The server would keep the connection for a next request: end it both ways, so the line sees it.
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            link.shutdown(socket.SHUT_RDWR)
        _break_off()

    return Response(broken(), 201, {"Content-Length": str(whole)}, content_type="application/json")


def _break_off() -> NoReturn:
    raise ConnectionAbortedError("ordered by a fault")


def _list(carrier: Carrier) -> Response:
    asked = request.args
    days = {name: _day(asked[name]) for name in ("DateSent", "DateSent<", "DateSent>") if name in asked}

    def keep(message: Message) -> bool:
        if asked.get("To", message.to) != message.to or asked.get("From", message.from_) != message.from_:
            return False
        sent = message.sent.date() if message.sent else None
        if days and sent is None:
            return False
        return all(
            sent == day if name == "DateSent" else sent <= day if name == "DateSent<" else sent >= day
            for name, day in days.items()
            if sent is not None
        )

    return _page("messages", [message.shown(carrier.account.sid) for message in carrier.messages(keep)])


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError as problem:
        raise RestRefused(20001) from problem


def _list_calls(carrier: Carrier) -> Response:
    """The calls, the newest first, of one number where one is asked for."""
    to = request.args.get("To", "")
    found = [call for call in reversed(list(carrier.calls())) if to in ("", call.to)]
    return _page("calls", [_shown(carrier, call) for call in found])


def _page(name: str, rows: list[dict[str, Any]]) -> Response:
    """One page of a list, with the links that twilio-python follows."""
    try:
        size, page = min(int(request.args.get("PageSize", 50)), 1000), int(request.args.get("Page", 0))
    except ValueError as problem:
        raise RestRefused(20001) from problem
    kept = {key: value for key, value in request.args.items() if key not in ("Page", "PageSize", "PageToken")}

    def link(number: int) -> str:
        return f"{request.path}?{urlencode({**kept, 'PageSize': size, 'Page': number})}"

    shown = rows[page * size : (page + 1) * size]
    return jsonify({
        name: shown, "page": page, "page_size": size, "start": page * size,
        "end": page * size + max(len(shown) - 1, 0), "uri": link(page), "first_page_uri": link(0),
        "next_page_uri": link(page + 1) if (page + 1) * size < len(rows) else None,
        "previous_page_uri": link(page - 1) if page else None,
    })  # fmt: skip


def _place(carrier: Carrier) -> Response:
    reply = jsonify(_shown(carrier, carrier.place(request.form.to_dict())))
    reply.status_code = 201
    return reply


def _call(carrier: Carrier, sid: str) -> dict[str, Any]:
    try:
        return _shown(carrier, carrier.call(sid))
    except KeyError as problem:
        raise RestRefused(20404, request.path) from problem


def _shown(carrier: Carrier, call: Call) -> dict[str, Any]:
    """A call as the carrier's REST writes it."""
    over = call.state == "ended"
    uri = f"/{VERSION}/Accounts/{carrier.account.sid}/Calls/{call.sid}"
    return {
        "sid": call.sid, "account_sid": carrier.account.sid, "api_version": VERSION,
        "direction": call.direction, "from": call.from_, "to": call.to, "from_formatted": call.from_,
        "to_formatted": call.to,
        "status": call.status, "duration": str(call.duration_s) if over else None,
        "start_time": when(call.started_at),
        "end_time": when(carrier.now()) if over else None, "date_created": when(call.started_at),
        "date_updated": when(call.started_at), "answered_by": call.answered_by or None, "caller_name": None,
        "forwarded_from": None, "group_sid": None, "parent_call_sid": None, "phone_number_sid": None,
        "price": None, "price_unit": "USD", "queue_time": "0", "trunk_sid": None, "uri": f"{uri}.json",
        "subresource_uris": {},
    }  # fmt: skip


def unknown() -> Response:
    """The carrier's answer to an address it does not have."""
    return _error(RestRefused(20404, request.path))
