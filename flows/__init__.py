"""The protocol and its machine: what to ask, what an answer means, what follows, by text and by phone.

May use: the standard library, pydantic, ruamel.yaml, small text libraries. May not: import hotline or
workers, read a clock,
make random numbers or ids, open files (but for `load.py`) or sockets. Times and ids arrive as arguments."""
