"""The archive of an evidence pack (evidence-pack.md K-1, K-2): one form of header, one file in memory at a time."""

from .findings import Broken
from .texts import sha256, to_base64url

BLOCK = 512
MAX_FILE = 512 * 1024 * 1024


def header(name, size):
    """The one header that a file of this name and size can have."""
    name = name.encode("ascii")
    if not 0 < len(name) < 100 or any(byte < 0x21 or byte > 0x7E for byte in name) or not 0 <= size <= MAX_FILE:
        raise ValueError("no name or size of a file in a pack")
    fields = name.ljust(100, b"\0") + b"0000600\0" + b"0000000\0" * 2 + b"%011o\0" % size + b"00000000000\0"
    rest = b"0" + bytes(100) + b"ustar\0" + b"00" + bytes(64) + b"0000000\0" * 2
    rest = rest.ljust(BLOCK - 156, b"\0")
    total = sum(fields) + sum(rest) + 8 * 0x20
    return fields + b"%06o\0 " % total + rest


class Archive:
    def __init__(self, file):
        self.file, self.next, self.held = file, None, bytes(32)

    def digest(self):
        """K-11: over all files that were taken."""
        return to_base64url(self.held)

    def peek(self):
        """Name of the next file, or None at the end."""
        if self.next is None:
            self.next = self._read()
        return self.next[0]

    def take(self, name):
        if self.peek() != name:
            raise Broken("K-2", "%s is not where it has to be" % name)
        data, self.next = self.next[1], None
        self.held = sha256(self.held + sha256(name.encode("ascii")) + sha256(data))
        return data

    def _exactly(self, size):
        data = self.file.read(size)
        if len(data) != size:
            raise Broken("K-1", "the archive ends in the middle of a file")
        return data

    def _read(self):
        block = self._exactly(BLOCK)
        if not any(block):
            if any(self._exactly(BLOCK)) or self.file.read(1):
                raise Broken("K-1", "another end than two blocks of NUL")
            return (None, b"")
        try:
            name, size = block[:100].split(b"\0", 1)[0].decode("ascii"), int(block[124:135], 8)
            same = header(name, size) == block
        except ValueError as cause:
            raise Broken("K-1", "a header of another form") from cause
        if not same:
            raise Broken("K-1", "a header of another form")
        data = self._exactly(size)
        if any(self._exactly(-size % BLOCK)):
            raise Broken("K-1", "%s is not filled up with NUL" % name)
        return (name, data)
