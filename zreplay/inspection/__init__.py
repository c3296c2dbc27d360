"""What `zreplay inspect` finds out about recordings: counted in one pass, in bounded memory."""
