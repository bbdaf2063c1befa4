"""Signed notes, checkpoints and cosignatures: C2SP signed-note, tlog-checkpoint and tlog-cosignature."""

import re

from .signatures import verify_ed25519
from .strict_json import SAFE
from .texts import from_base64, sha256

ED25519, COSIGNATURE = 1, 4
_KEY_NAME = re.compile(r"[^\s+]+\Z")
_LINE = re.compile(r"\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})\Z")
_SIZE = re.compile(r"(?:0|[1-9][0-9]{0,15})\Z")


class NoteError(ValueError):
    """The note does not verify; the argument is the fault."""


class VerifierKey:
    def __init__(self, text):
        parts = text.split("+", 2)
        data = from_base64(parts[2]) if len(parts) == 3 else None
        if data is None or len(data) != 33 or data[0] not in (ED25519, COSIGNATURE) or not _KEY_NAME.match(parts[0]):
            raise NoteError("malformed")
        self.name, self.algorithm, self.key = parts[0], data[0], data[1:]
        self.id = sha256(self.name.encode("utf-8") + b"\n" + data)[:4]
        if parts[1] != self.id.hex():
            raise NoteError("malformed")


def split_note(note):
    """(text, [(name, bytes)]); at most 100 signatures."""
    if any(character < " " and character != "\n" for character in note) or len(note) > 1_000_000:
        raise NoteError("malformed")
    cut = note.rfind("\n\n")
    lines = note[cut + 2:].split("\n") if cut >= 0 else []
    if cut < 0 or lines[-1] != "" or not 2 <= len(lines) <= 101:
        raise NoteError("malformed")
    found = []
    for line in lines[:-1]:
        match = _LINE.match(line)
        data = from_base64(match.group(2)) if match else None
        if data is None or len(data) < 5:
            raise NoteError("malformed")
        found.append((match.group(1), data))
    return note[:cut + 1], found


def read_checkpoint(text):
    """(origin, size, root) of a note's text."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] != "" or any(line == "" for line in lines[:-1]):
        raise NoteError("malformed")
    root = from_base64(lines[2])
    if not _SIZE.match(lines[1]) or int(lines[1]) > SAFE or root is None or len(root) != 32:
        raise NoteError("malformed")
    return lines[0], int(lines[1]), root


def open_checkpoint(note, log_key, witness_keys=(), threshold=0):
    """(origin, size, root, witness times): one time for each witness that signed, its newest; raises NoteError.

    A signature that names a known key and does not verify spoils the note; one of an unknown key is passed over.
    """
    text, lines = split_note(note)
    origin, size, root = read_checkpoint(text)
    if origin != log_key.name:
        raise NoteError("wrong_origin")
    if not _signed_by(log_key, text, lines):
        raise NoteError("no_log_signature")
    times = []
    for key in witness_keys:
        found = _signed_by(key, text, lines)
        if found:
            times.append(max(found))
    if len(times) < threshold:
        raise NoteError("too_few_witnesses")
    return origin, size, root, times


def _signed_by(key, text, lines):
    """What each signature of this key says (1, or the time of a cosignature)."""
    found = []
    for name, data in lines:
        if name != key.name or data[:4] != key.id:
            continue
        body, message, time = data[4:], text.encode("utf-8"), 1
        if key.algorithm == COSIGNATURE:
            time, body = int.from_bytes(body[:8], "big"), body[8:]
            message = b"cosignature/v1\ntime %d\n" % time + message
        if len(body) != 64 or not 0 < time <= SAFE or not verify_ed25519(key.key, body, message):
            raise NoteError("bad_signature")
        found.append(time)
    return found
