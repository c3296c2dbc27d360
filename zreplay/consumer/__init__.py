"""A consumer of quotes in Python: a subscription to a replayer, and a replayer of one's own."""
