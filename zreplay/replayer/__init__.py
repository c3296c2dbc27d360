"""The replayer's loop and its I/O: sockets, waiting, the state folder, the inputs."""
