"""Peers, forked from one python that has loaded everything they need: to load it takes each of them most of a second.

Each line on standard input is {"start": [arguments], "port": P, "log": path}, where P is a port of 127.0.0.1 on which
somebody takes two connections, first what the peer is told and then what it says; or {"end": pid}. The answer is the
pid. A process that has ended keeps its pid until its end is asked for, so that no other one is killed. All of them are
killed with this one, which ends with its standard input.
"""

import asyncio
import ctypes
import json
import os
import signal
import socket
import sys

import peer

PR_SET_PDEATHSIG = 1


def become(request, parent):
    """A peer, in a process that was just forked."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return
    log = os.open(request["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(log, 2)
    for number in (0, 1):
        line = socket.create_connection(("127.0.0.1", request["port"]))
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        os.dup2(line.detach(), number)
    sys.argv[1:] = request["start"]
    asyncio.run(peer.main())
    sys.stdout.flush()


def start(request):
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        become(request, parent)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(0)


def end(pid):
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return pid


for text in sys.stdin:
    line = json.loads(text)
    print(end(line["end"]) if "end" in line else start(line), flush=True)
# What is still there ends with us.
os._exit(0)
