"""Recordings of any kind -> files of our own columns, in order of arrival."""
