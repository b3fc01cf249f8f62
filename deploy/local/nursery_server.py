"""Import modules once and fork processes that begin with them: `python -m deploy.local.nursery_server SOCKET`.

Each message on the socket (a file descriptor) is one request, answered by one message; see `deploy.local.nursery`.
"""

import ctypes
import gc
import importlib
import os
import runpy
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson

LONGEST_BYTES: Final = 200_000
_PR_SET_PDEATHSIG: Final = 1


def main() -> None:
    """Serve until the other end closes; in a fork, be the module that was asked for and return when it is done."""
    nursery = os.getpid()
    with socket.socket(fileno=int(sys.argv[1])) as talk:
        while True:
            asked, files, _, _ = socket.recv_fds(talk, LONGEST_BYTES, 1)
            if not asked:
                return
            request = orjson.loads(asked)
            if "learn" in request:
                _learn(request["learn"])
                talk.send(b"{}")
            elif "reap" in request:
                _, status = os.waitpid(request["reap"], 0)
                talk.send(orjson.dumps({"code": os.waitstatus_to_exitcode(status)}))
            elif os.fork() == 0:
                _become(request, files[0], nursery)
                talk.send(orjson.dumps({"pid": os.getpid()}))
                break
            else:
                os.close(files[0])
    runpy.run_module(request["module"], run_name="__main__", alter_sys=True)


def _learn(modules: list[str]) -> None:
    """Import, and keep the collector of every fork away from what lies there: it would copy each page it touches."""
    gc.disable()
    for name in modules:
        importlib.import_module(name)
    gc.enable()
    gc.collect()
    gc.freeze()


def _become(request: Mapping[str, Any], log: int, nursery: int) -> None:
    """The fork's own session, environment and log; it is killed when the nursery dies."""
    os.setsid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != nursery:
        os._exit(1)
    Path("/proc/self/comm").write_text(request["module"].rpartition(".")[2])  # its name in ps and top
    sys.argv[1:] = request["arguments"]
    os.environ.clear()
    os.environ.update(request["env"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(log)


if __name__ == "__main__":
    main()
