"""What leaves when: playheads, the clock, what is due and what delays it."""
