"""What a user sees of a run. It reads counters, sends keys as commands, and decides nothing."""
