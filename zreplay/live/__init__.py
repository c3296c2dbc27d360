"""A live feed: websocket -> frames -> capture on disk, and from there the live source."""
