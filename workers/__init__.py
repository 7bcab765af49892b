"""The clock: everything that happens later, with nobody waiting.

May use: hotline, flows, rq. May not: import flask, twilio (sending goes through `hotline.outbound`) or
redis (`hotline.store`)."""
