"""What an agent did, out of an evidence pack: its chain of leaves, what of it is sensitive, and who was drawn (K-7 to K-9)."""

from .canonical import canonical_bytes
from .findings import Broken
from .leaves import LeafError, check_leaf, hash_of, read_leaf_bytes, sealed_commitment
from .texts import from_base64url, is_digest, sha256
from .tlog import leaf_hash, verify_inclusion

LINES = 1000


def harmless_servers(entries, manifest, size, root):
    """K-8: refs of the servers that a proven registration shows to be without irreversible operations."""
    found, last = set(), -1
    for entry in entries:
        good = isinstance(entry, dict) and set(entry) == {"leaf", "inclusion", "openings"} and set(entry["openings"]) == {"content"}
        if not good:
            raise Broken("K-8", "a registration of another form")
        leaf, content = entry["leaf"], entry["openings"]["content"]
        try:
            check_leaf(leaf)
            opens = sealed_commitment("content", content) == leaf.get("sealed", {}).get("content")
        except LeafError as rule:
            raise Broken("K-8", "a registration breaks %s" % rule) from rule
        seq, body = leaf["writer"]["seq"], leaf["body"]
        if leaf["type"] != "registry" or body["kind"] != "server" or seq <= last or not opens:
            raise Broken("K-8", "no opened registration of a server, or not sorted")
        last = seq
        proof = entry["inclusion"]
        good = isinstance(proof, list) and all(is_digest(one) for one in proof)
        if not good or not verify_inclusion(leaf_hash(canonical_bytes(leaf)), seq, size, [from_base64url(one) for one in proof], root):
            raise Broken("K-8", "the registration of a server is not in the log")
        document = content.get("document")
        name = document.get("id") if isinstance(document, dict) else None
        effects = [tool["effect"] for tool in manifest["tools"] if tool["server"] == name]
        if effects and "irreversible" not in effects:
            found.add(body["ref"])
    return found


class Population:
    def __init__(self, pack, seed, seq, harmless):
        self.pack, self.seed, self.harmless = pack, seed, harmless
        self.wanted, self.seq = seed, seq
        self.leaves, self.over = 0, False
        self.first, self.sensitive, self.procedures = {}, set(), set()

    def read(self, archive):
        number = 0
        while not self.over:
            number += 1
            name = "population/%06d.jsonl" % number
            data = archive.take(name)
            lines = data.split(b"\n")
            if lines.pop() != b"" or not 1 <= len(lines) <= LINES:
                raise Broken("K-2", "%s is not 1 to %d lines" % (name, LINES))
            for line in lines:
                self._take(line)
            if not self.over and len(lines) < LINES:
                raise Broken("K-2", "%s is not full" % name)

    def _take(self, line):
        """K-7: the line is the leaf that the one before it names."""
        if self.over:
            raise Broken("K-7", "leaves behind the last one")
        try:
            leaf = read_leaf_bytes(line)
        except LeafError as rule:
            raise Broken("K-7", "a leaf breaks %s" % rule) from rule
        link = leaf.get("agent", {})
        if hash_of(leaf) != self.wanted or link.get("id") != self.pack["ref"] or link.get("seq") != self.seq:
            raise Broken("K-7", "a leaf is not the one before in the chain of the agent")
        self.leaves += 1
        self._count(leaf)
        self.over = leaf["at"] < self.pack["since"] or self.seq == 0
        self.wanted, self.seq = link["prev"], self.seq - 1

    def _count(self, leaf):
        body = leaf["body"]
        if leaf["type"] == "decision":
            self.procedures.add(body["procedure"])
        if "txn" not in leaf or leaf["at"] < self.pack["since"]:
            return
        txn = leaf["txn"]["id"]
        self.first.setdefault(txn, leaf["id"])
        if leaf["type"] == "approval" or leaf["type"] == "dispatch" and body["server"] not in self.harmless:
            self.sensitive.add(txn)

    def chosen(self):
        """Sensitive ones as they stand, and the sample by its draws (K-9)."""
        first = [txn for txn in self.first if txn in self.sensitive]
        others = [txn for txn in self.first if txn not in self.sensitive]
        others.sort(key=lambda txn: sha256(("narrowgate/draw/v1\n%s\n%s" % (self.seed, self.first[txn])).encode("ascii")))
        return first, others[: self.pack["sample"]]


