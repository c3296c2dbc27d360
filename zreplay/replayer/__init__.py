"""The replayer's loop and its hands: sockets, waiting, its folder, its inputs."""
