"""What was sent, what is committed, and where between them commands apply."""
