"""The demo's carrier and phone: a local stand-in for the telephone company, and a phone to try the line with.

May use: flask, twilio, requests, defusedxml; the line and its settings in `__main__` only. May not: run in
production mode, reach any host but this machine, or know what the line decides.

The stand-in is a second implementation of the carrier, not a mock: real HTTP, real signatures, the carrier's
own JSON shapes and error codes, and a TwiML reader that refuses what the carrier would refuse.

Rooms
-----
twiml.py         `read_twiml(kind, body, content_type) -> tuple[Verb, ...]`, or `TwimlRefused(code, fault)`
twiml_tables.py  the verbs, their attributes and nesting, as data
segments.py      `count(text) -> (encoding, segments)`
call.py          `Call`: plays one call on a virtual clock
waiting.py       what a call can wait for: keys or words, a message, a phone that rings elsewhere
webhooks.py      `Webhooks`: signed POSTs to the line, its retry and its fallback URL
messages.py      the messages the carrier holds, and its checks on a new one
account.py, keywords.py, places.py   whose numbers, what the carrier answers itself, who calls from where
faults.py        `Faults`: what a test orders to go wrong
delivery.py      the way of a text from queued to delivered, bent by faults
courier.py       the background thread that delivers, and posts status callbacks
carrier.py       `Carrier`: all of it together, in memory, safe for threads
http.py          `LocalHttpClient(carrier_url)`: twilio-python's way to the stand-in and to nowhere else
rest.py          the carrier's REST as twilio-python speaks it
tap.py           `BACKLINE_TAP=FOLDER`: what the REST is asked and answers goes into a file too, the tape
clock.py         what a clock must be to be moved; `OwnClock` for one process
shown.py         texts, calls and requests as JSON
app.py           `create_carrier(carrier, clock) -> Flask`: REST and the phone's JSON;
                 `create_phone(carrier, line, clock) -> Flask`: with the page
page.py          the page: `page_blueprint(carrier, line, clock) -> flask.Blueprint` (templates/, static/)
calling_page.py  the page's side of a call: what a caller and a nurse can do, and when
booth.py         what the page's views share
people.py        the made-up people of the page; ids for its addresses, so that no number stands in one
knowledge.py     `known_of(line, number) -> Known`: what the page shows beside the phone
reading.py       how the last text or keys were read, and which words led to it
words.py         what the page calls levels, questions and readings

Python, for tests
-----------------
    carrier = Carrier(Account(account_sid, auth_token, text_sender, voice_sender),
                      line_url="http://127.0.0.1:PORT", keyword_mode="self", now=clock.now)
    exchange = carrier.text("+12025550101", "BACK")  # .replies, .verbs, .code (error or None), .fallback
    carrier.text("+12025550101", "BACK", sid=exchange.sid)  # the very same message once more: a duplicate
    carrier.thread("+12025550101")  # messages both ways, oldest first: body, status, error_code
    call = carrier.dial("+12025550101")  # runs until the line listens or hangs up; "anonymous" for no number
    carrier.press(call.sid, "1"); carrier.wait(call.sid); carrier.hang_up(call.sid); carrier.call(call.sid)
    carrier.speak(call.sid, "yes"); carrier.drop(call.sid)  # spoken words; the line goes bad
    carrier.say_message(call.sid, 8, "#")  # end: a key, "hangup", or "" for silence
    carrier.nurse(call.sid, "pick_up")  # whom the line dials; or no_answer, busy, hang_up
    carrier.nurse(call.sid, "press", "1")  # after she heard call.ringing.leg.spoken()
    list(call.spoken())  # the words heard; call.transcript has all of it
    carrier.settle(5)  # wait until all deliveries and status callbacks are through
    carrier.ledger()  # every REST request the line made, and what it was told
    carrier.posts()  # every webhook the carrier sent, and what the line answered
    carrier.faults.order("limit", times=3)  # what goes wrong next; kinds in faults.py
    carrier.opted_out  # numbers the carrier itself blocks (21610)
    carrier.dial_outcome = "busy"  # what a dialled number does of itself; "": it waits for carrier.nurse

The phone's HTTP, JSON in and out (used by `demo --once` and by the page)
-------------------------------------------------------------------------
POST needs `Content-Type: application/json` and comes from the same origin; an error is
`{"error": "what to do"}` with 400 or 403.

POST /phone/api/text    {"from", "body", "media"?, "sid"?}  -> exchange   sid: that text again, a duplicate
POST /phone/api/dial    {"from"}                       -> call
POST /phone/api/press   {"call", "key"}                -> call     key: one or more of 0-9 * #
POST /phone/api/wait    {"call"}                       -> call     silence until the line stops waiting
POST /phone/api/hangup  {"call"}                       -> call
POST /phone/api/speak   {"call", "words"}              -> call     heard where speech is taken or recorded
POST /phone/api/message {"call", "seconds"?, "end"?}   -> call     end: a key (#), "hangup", or "" for silence
POST /phone/api/drop    {"call"}                       -> call     the line goes bad
POST /phone/api/answer  {"call", "by"?}                -> call     the line calls; by: human machine_end_beep
POST /phone/api/ring_out {"call", "outcome"}           -> call     nobody takes it: no-answer busy failed
POST /phone/api/nurse   {"call", "does", "key"?}       -> call     does: pick_up no_answer busy press hang_up
POST /phone/api/clock   {"hours"|"days"|"seconds"}     -> clock
GET  /phone/api/thread?number=                         -> thread
GET  /phone/api/call?sid=                              -> call
GET  /phone/api/clock                                  -> clock
GET  /phone/api/line                                   -> {"text_sender", "voice_sender", "keyword_mode"}
GET  /phone/api/ledger                                 -> {"requests": [...]}   for invariant checks
POST /phone/api/faults  {"kind", "times"?, "to"?, "code"?, "seconds"?}, GET, DELETE  -> {"faults": [...]}

exchange  {"sid", "replies": [text], "code": null|carrier's error code, "fault": null|words, "fallback": bool}
thread    {"number", "opted_out": bool, "messages": [{"sid", "direction": "in"|"out", "body", "segments": int,
           "encoding": "GSM-7"|"UCS-2", "status", "error_code": null|int, "at": ISO time, "media": int}]}
          direction: in = the person sent it to the line, out = the line or the carrier sent it to the person
call      {"sid", "from", "to", "state": "listening"|"ringing"|"connected"|"recording"|"ended",
           "elapsed_s": float, "started_at": ISO time, "ended_by": null|"caller"|"line"|"carrier",
           "connected_to": null|number,
           "gather": null|{"num_digits": null|int, "finish_on_key", "timeout_s", "keys": keys so far,
           "hears": ["dtmf", "speech"]}, "record": null|{"said_s", "left_s", "finish_on_key"},
           "ring": null|{"number", "timeout_s", "picked_up": bool, "words": what is said to who picked up},
           "code": null|int, "fault": null|words,
           "transcript": [{"who": "line"|"caller"|"carrier"|"nurse", "kind": "say"|"play"|"pause"|"keys"|
           "speech"|"message"|"silence"|"dial"|"answer"|"busy"|"no-answer"|"record"|"drop"|"hangup"|"reject"|
           "error", "text", "language": null|BCP 47,
           "at_s": float}]}
clock     {"now": ISO time (UTC), "moved_s": float}
"""
