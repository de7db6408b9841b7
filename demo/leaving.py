"""Leaving in good order: a signal counts only where we wait, never between making a thing and having hold of it.

What is not tidied up because a signal came just then would stay for ever: a thread that a pool has started and not noted
yet, a process whose handle nobody has.
"""

import contextlib
import signal

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Left(Exception):
    """Somebody wants us to end."""


class _State:
    wanted = None
    waiting = False
    tidying = False


def _arrived(number, _frame):
    if _State.wanted is None:
        _State.wanted = number
    if _State.waiting:
        _leave()


def _leave():
    if _State.wanted is not None and not _State.tidying:
        # Once: no further signal may cut the tidying up short.
        _State.tidying = True
        raise Left(signal.Signals(_State.wanted).name)


def watch():
    """From here on signals are kept for the next wait."""
    for one in SIGNALS:
        signal.signal(one, _arrived)


@contextlib.contextmanager
def waiting():
    """Around a wait, in the main thread: a signal that came, or comes, raises Left."""
    _State.waiting = True
    try:
        _leave()
        yield
    finally:
        _State.waiting = False


def tidy():
    """From here on we are tidying up, and no signal counts any more."""
    _State.tidying = True
