"""What leaves when: the playheads, the clock, what is due and what holds it up."""
