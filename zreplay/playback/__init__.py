"""What is due when: the clock, the schedule, the playhead."""
