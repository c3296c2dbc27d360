"""What was sent, what is committed, which commands have their place in between."""
