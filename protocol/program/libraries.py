"""What other people's libraries are told by the environment, before they are imported."""

import os


def set_up_libraries() -> None:
    """Have them start no threads of their own, and share one heap; who said otherwise decides."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy would start idle threads
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # one heap for all of us
    os.environ.setdefault("JE_ARROW_MALLOC_CONF", "background_thread:false")  # of the other pool
