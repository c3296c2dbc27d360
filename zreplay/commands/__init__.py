"""The command line of zreplay; click is used only here."""
