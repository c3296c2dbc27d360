"""What a worker of a backfill imports: by the process that forks it, before, and exempt.

Nothing else imports this. It is named to that process, which knows names of modules alone.
"""

from protocol.program.collection import ExemptFromCollection

with ExemptFromCollection():
    import zreplay.backfilling.pool
    import zreplay.recordings.gzip_bytes  # noqa: F401  # for whoever is forked
