"""The opt-out feed: a "stop" said to the clinic's other programmes counts here, and one said here goes to
them.

`revocation.py` reads one, `taking.py` lets it count, `telling.py` passes ours on, `files.py` does both by
file, `signing.py` is what both sides sign. May not: lift an opt-out, or send anything to the person."""
