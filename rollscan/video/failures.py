"""Owns why an ffmpeg failed, where that is not the video's fault.

It was ended, the system refused it something, or it lacks something that others have.
"""

from __future__ import annotations

import errno
import os
import re

from ..signals import signal_name
from ..systems import FFMPEG_VARIABLE, ffmpeg_remedy
from .ffmpeg import ffmpeg, version_of

_STOPPED_STATUS = 255  # ffmpeg's exit status where it caught a signal
_STOPPED = re.compile(r"received signal (\d+)")
# The errors where the system refuses a resource: which one that is, and the remedy.
_SHORTAGES = {
    errno.ENOMEM: (
        "more memory than there is for it",
        "close other programs, or give a shorter part or a higher --max-memory",
    ),
    errno.EAGAIN: (
        "more threads or memory than it may have",
        "close other programs, or raise the limit (ulimit -u, ulimit -v, --max-memory)",
    ),
    errno.EMFILE: (
        "more open files than it may have",
        "raise the limit (ulimit -n)",
    ),
}
# What ffmpeg calls them where it does not use the system's words, as on Windows.
_WORDS = {
    errno.ENOMEM: "Cannot allocate memory",
    errno.EAGAIN: "Resource temporarily unavailable",
    errno.EMFILE: "Too many open files",
    errno.ENOSPC: "No space left on device",
}
# ffmpeg's messages where it was built without something, or is too old to have it.
_LACKING = {
    "filter": r"No such filter: '?([\w-]+)",
    "encoder": r"Unknown encoder '([\w-]+)'",
    "decoder": r"Unknown decoder '([\w-]+)'",
    "input format": r"Unknown input format: '?([\w-]+)",
    "output format": r"Requested output format '([\w-]+)' is not",
    "bitstream filter": r"(?:bitstream filter sequence '|Unknown bitstream filter )(\w+)",
    "option": r"(?:Unrecognized option|Error applying option) '([\w:-]+)'",
}


def has_error(log: str, number: int) -> bool:
    """Whether ffmpeg's log names an error of the system, by its number, such as errno.ENOSPC."""
    known = {os.strerror(number), _WORDS.get(number, "")} - {"", "Unknown error"}
    return any(words in log for words in known)


def ended_by(status: int, log: str) -> tuple[str, str] | None:
    """The cause and the remedy where ffmpeg failed for a reason that is not the video's, or None.

    The reasons are a signal, and resources that the system refuses. status: its exit status. log:
    the text of its log.
    """
    stopped = _STOPPED.search(log)
    number = int(stopped[1]) if stopped and status else -status
    if number > 0 or status == _STOPPED_STATUS:
        by = signal_name(number) if number > 0 else "a signal"
        cause = f"ffmpeg {version_of(ffmpeg())} was ended by {by}"
        if by == "SIGKILL":
            return f"{cause}, as systems short of memory do", "free some memory, and try again"
        if stopped or status == _STOPPED_STATUS:
            return cause, "try again"
        return cause, f"name another ffmpeg in {FFMPEG_VARIABLE}, or convert the file"
    for error, (needs, remedy) in _SHORTAGES.items():
        if status and has_error(log, error):
            return f"ffmpeg needs {needs}: {os.strerror(error)}", remedy
    return lacks(log) if status else None


def lacks(log: str) -> tuple[str, str] | None:
    """The cause and the remedy where ffmpeg failed for want of something that others have.

    log: the text of the log of an ffmpeg that failed. Returns None where it lacks nothing.
    """
    for kind, message in _LACKING.items():
        if missing := re.search(message, log):
            remedy = ffmpeg_remedy()
            if os.environ.get(FFMPEG_VARIABLE):
                remedy = f"let {FFMPEG_VARIABLE} name another, or unset it"
            return f"ffmpeg {version_of(ffmpeg())} has no {kind} {missing[1]}", remedy
    return None
