"""The line: everything that answers somebody who is waiting.

May use: flows, flask, twilio, redis, click and others, each in its own room (DESIGN §2). May not:
import rq or workers."""
