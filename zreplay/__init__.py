"""The replayer: recordings and feeds -> batches on the wire."""
