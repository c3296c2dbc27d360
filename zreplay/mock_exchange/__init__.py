"""A websocket server that plays a recording as a venue would."""
