"""A sparse index of a recording: what stands before some of its places, so that a seek is right."""
