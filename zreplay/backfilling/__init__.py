"""Years of recordings -> the logs of one run, computed window by window, on every core."""
