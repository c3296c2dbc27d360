"""What an operator may ask of a replayer: the verbs, the answers, and the clients."""
