"""How fast the line is, measured on this machine against the least that a web server does.

May use: every room. May not: reach anything but this machine's own loopback."""
