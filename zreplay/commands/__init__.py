"""The command line of zreplay; only here is click."""
