"""`zreplay run`: the parts as child processes, started, watched and restarted."""
