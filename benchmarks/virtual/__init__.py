"""A follow-up programme in virtual time: people, a carrier that fails, and a checker that trusts neither.

The line in it is the real one: its store, clock, jobs and delivery. Only time and the network are made up."""
