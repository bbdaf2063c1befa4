"""What an agent did, out of an evidence pack: its chain of leaves, what of it is sensitive, and who was drawn (K-7 to K-9)."""

from .canonical import canonical_bytes
from .contained import MOST, Tokens, check_contained, concerns
from .findings import Broken
from .leaves import LeafError, check_leaf, hash_of, read_leaf_bytes, sealed_commitment
from .texts import from_base64url, is_digest, sha256
from .tlog import leaf_hash, verify_inclusion

LINES = 1000


def harmless_servers(entries, manifest, size, root):
    """K-8: refs of the servers that proven registrations show to be without irreversible operations: under this release, at all."""
    registered, last = {}, -1
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
        registered.setdefault(body["ref"], []).append((body["version"], content.get("document")))
    return judged_servers(manifest, registered)


def judged_servers(manifest, registered):
    """From versions and documents by ref, in their order."""
    under_release = {ref for ref, of in registered.items() if all(_is_kept(manifest, document) for _, document in of)}
    at_all = {ref for ref in under_release
              if [version for version, _ in registered[ref]] == list(range(1, len(registered[ref]) + 1))
              and all(_is_mild(document) for _, document in registered[ref])}
    return under_release, at_all


def _is_kept(manifest, document):
    name = document.get("id") if isinstance(document, dict) else None
    effects = [tool["effect"] for tool in manifest["tools"] if tool["server"] == name]
    return bool(effects) and "irreversible" not in effects


def _is_mild(document):
    lists = [document.get(kind) for kind in ("tools", "prompts", "resources")]
    return all(isinstance(one, list) for one in lists) and all(
        isinstance(operation, dict) and operation.get("effect") in ("read", "write") for one in lists for operation in one)


class Population:
    def __init__(self, pack, seed, seq, harmless, deployments):
        self.pack, self.seed = pack, seed
        self.under_release, self.at_all = harmless
        self.own = {"release:" + deployment for deployment in deployments}
        self.wanted, self.seq = seed, seq
        self.leaves, self.over, self.stops, self.tokens = 0, False, [], Tokens()
        self.first, self.marked, self.procedures = {}, set(), set()
        self.needs_release, self.no_release, self.unmet = set(), set(), {}

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
        check_contained(self.stops[::-1])
        self.tokens.check(self.stops[::-1])

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
        self.count(leaf)
        if concerns(leaf):
            self.stops.append(leaf)
        if leaf["type"] == "token":
            self.tokens.take(leaf)
        if len(self.stops) > MOST:
            raise Broken("K-13", "more registrations and break-glasses than a pack can have")
        self.over = leaf["at"] < self.pack["since"] or self.seq == 0
        self.wanted, self.seq = link["prev"], self.seq - 1

    def count(self, leaf):
        body = leaf["body"]
        if leaf["type"] == "decision":
            self.procedures.add(body["procedure"])
        if "txn" not in leaf or leaf["at"] < self.pack["since"]:
            return
        txn = leaf["txn"]["id"]
        self.first.setdefault(txn, leaf["id"])
        if leaf["type"] == "approval" or leaf["type"] == "dispatch" and body["server"] not in self.under_release:
            self.marked.add(txn)
        if leaf["type"] == "dispatch" and body["server"] not in self.at_all:
            self.needs_release.add(txn)
        unmet = self.unmet.setdefault(txn, set())
        if leaf["type"] == "dispatch":
            unmet.add(body["decision"])
        if leaf["type"] == "decision" and leaf["id"] in unmet and "token" in body:
            unmet.remove(leaf["id"])
            unmet.add(body["token"])
        if leaf["type"] == "token" and body["token"] in unmet:
            unmet.remove(body["token"])
            self._token(txn, body)

    def _token(self, txn, body):
        """Newest first: each dispatch was met before its decision, and that before its token."""
        named = {name for name, _ in body["epochs"] if name.startswith("release:")}
        if not named:
            self.no_release.add(txn)
        if not named <= self.own:
            self.marked.add(txn)

    def _is_sensitive(self, txn):
        return txn in self.marked or bool(self.unmet.get(txn)) or txn in self.needs_release & self.no_release

    def chosen(self):
        """Sensitive ones as they stand, and the sample by its draws (K-9)."""
        first = [txn for txn in self.first if self._is_sensitive(txn)]
        others = [txn for txn in self.first if not self._is_sensitive(txn)]
        others.sort(key=lambda txn: sha256(("narrowgate/draw/v1\n%s\n%s" % (self.seed, self.first[txn])).encode("ascii")))
        return first, others[: self.pack["sample"]]


