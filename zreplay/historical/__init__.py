"""Recordings, selection, latency model and order, combined: pieces with a cursor each."""
