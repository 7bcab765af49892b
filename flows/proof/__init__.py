"""The proof's rooms: sessions that cannot differ merged, people and what they say, the walks over all paths.

Drives the real engine and answer tables, never a model beside them. May not: open files, or mend anything."""
