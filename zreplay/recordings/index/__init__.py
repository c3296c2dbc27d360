"""A sparse index of a recording: what is before some of its places, so that a seek is exact."""
