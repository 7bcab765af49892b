"""What the phone's HTTP shows of texts, calls and requests, as JSON. Shapes: hotline/phone/__init__.py.

May use: the records of the rooms beside it. May not: change any of them."""

from dataclasses import asdict

from hotline.phone.call import Call
from hotline.phone.carrier import Exchange, Request
from hotline.phone.messages import Message
from hotline.phone.segments import count
from hotline.phone.waiting import Listening, Recording, Ringing


def shown_exchange(exchange: Exchange) -> dict[str, object]:
    """One text and what came back at once."""
    return {
        "sid": exchange.sid,
        "replies": list(exchange.replies),
        "code": exchange.code,
        "fault": exchange.fault,
        "fallback": exchange.fallback,
    }


def shown_message(message: Message) -> dict[str, object]:
    """One text of a thread."""
    encoding, segments = count(message.body)
    return {
        "sid": message.sid,
        "direction": "in" if message.inbound else "out",
        "body": message.body,
        "segments": segments,
        "encoding": encoding,
        "status": message.status,
        "error_code": message.error_code,
        "at": message.created.isoformat(),
        "media": message.media,
    }


def shown_call(call: Call) -> dict[str, object]:
    """One call with its transcript. "in" and "out" of a text are the line's side; here who spoke is named."""
    return {
        "sid": call.sid,
        "from": call.from_,
        "to": call.to,
        "state": call.state,
        "rings_in": call.rings_in,
        "elapsed_s": call.elapsed_s,
        "started_at": call.started_at.isoformat(),
        "ended_by": call.ended_by,
        "connected_to": call.connected_to,
        "gather": _gather(call.listening) if call.listening else None,
        "ring": _ring(call.ringing) if call.ringing else None,
        "record": _record(call.recording) if call.recording else None,
        "code": call.code,
        "fault": call.fault,
        "transcript": [asdict(line) for line in call.transcript],
    }


def shown_request(request: Request) -> dict[str, object]:
    """One row of the ledger."""
    return {**asdict(request), "at": request.at.isoformat()}


def _gather(listening: Listening) -> dict[str, object]:
    return {
        "num_digits": listening.num_digits,
        "finish_on_key": listening.finish_on_key,
        "timeout_s": listening.timeout_s,
        "keys": listening.keys,
        "hears": listening.hears,
    }


def _ring(ringing: Ringing) -> dict[str, object]:
    leg = ringing.leg
    return {
        "number": ringing.number,
        "timeout_s": ringing.timeout_s,
        "picked_up": leg is not None,
        "words": list(leg.spoken()) if leg else [],
    }


def _record(recording: Recording) -> dict[str, object]:
    return {"said_s": recording.said_s, "left_s": recording.left_s, "finish_on_key": recording.finish_on_key}
