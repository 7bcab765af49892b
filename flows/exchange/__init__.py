"""The protocol in other systems' formats: values in, plain JSON-ready dictionaries out.

May use: the standard library and flows. May not: open files, read a clock, draw at random, or decide anything
that the rules do not say. What a format cannot carry is named in its metadata, never dropped in silence."""
