"""The venues, one file each: what to send, and what a frame says (zreplay/live/venue.py)."""
