"""What crosses the wire: messages, their bytes, their errors, and the sockets."""
