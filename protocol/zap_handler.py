"""Admission to the bound sockets of a context: a thread that answers libzmq's ZAP requests.

With a handler, libzmq itself refuses peers older than ZMTP 3, which cannot authenticate.
Without one, any first byte but 0xff is taken for such a peer, and batches go to port scanners.
pyzmq's ThreadAuthenticator would work too, but it imports asyncio into every process, and the
death of its thread goes unnoticed.
"""

import os
import sys
import threading
import traceback
from collections.abc import Callable

import zmq

from protocol import zap
from protocol.errors import ZreplayError

ENDPOINT = "inproc://zeromq.zap.01"


def end_process(error: BaseException) -> None:
    """Exit at once and say why: a process that can no longer admit peers must not live on."""
    traceback.print_exception(error)
    told = ZreplayError(f"no peer can be admitted any more: {error!r}", code="Z702")
    sys.stderr.write(f"error {told.code}: {told}\n")
    sys.stderr.flush()
    os._exit(told.exit_code)


def let_in(
    context: zmq.Context[zmq.Socket[bytes]],
    judge: zap.Judge = zap.admit_unauthenticated,
    on_death: Callable[[BaseException], None] = end_process,
) -> None:
    """Have `judge` decide from now on; nothing happens if the context already has a handler.

    The thread ends with the context. If it dies before, `on_death` is told of it there.
    """
    # A context of its own for the same sockets: `destroy` of the other one would close this
    # one from another thread than the one that uses it.
    own: zmq.Context[zmq.Socket[bytes]] = zmq.Context.shadow(context.underlying)
    socket = own.socket(zmq.REP)
    try:
        socket.bind(ENDPOINT)
    except zmq.ZMQError as error:
        socket.close(linger=0)
        if error.errno != zmq.EADDRINUSE:
            raise
        return
    threading.Thread(
        target=_answer_all, args=(socket, judge, on_death), name="zap", daemon=True
    ).start()


def _answer_all(
    socket: zmq.Socket[bytes], judge: zap.Judge, on_death: Callable[[BaseException], None]
) -> None:
    try:
        while True:
            socket.send_multipart(zap.answer(socket.recv_multipart(), judge))
    except zmq.ContextTerminated:
        pass
    except BaseException as error:
        on_death(error)
    finally:
        socket.close(linger=0)
