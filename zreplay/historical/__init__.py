"""Recordings, selection, latency model and order, joined: pieces with a cursor each."""
