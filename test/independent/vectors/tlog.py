"""test/vectors/tlog: our trees, those of others, and checkpoints."""

from base64 import b64decode

from narrowgate_check import checkpoints, signatures, tlog
from narrowgate_check.checkpoints import NoteError, VerifierKey

from .tally import load

NO_SIGNATURES = "no python3-cryptography: signatures not verified"


def run(tally):
    trees = {case["size"]: b64decode(case["root"]) for case in load("tlog", "roots.json")}
    leaves = [tlog.leaf_hash(b"leaf %d" % index) for index in range(max(trees))]
    with tally.group("tlog/roots") as group:
        for size, root in trees.items():
            group.expect(tlog.root_of(leaves[:size]) == root, size)
    with tally.group("tlog/inclusion") as group:
        for case in load("tlog", "inclusion.json"):
            size, index = case["size"], case["index"]
            given = (leaves[index], index, size, _hashes(case["proof"]), trees[size])
            group.expect(tlog.verify_inclusion(*given), (size, index))
    with tally.group("tlog/consistency") as group:
        for case in load("tlog", "consistency.json"):
            old, size = case["oldSize"], case["size"]
            holds = tlog.verify_consistency(old, size, trees[old], trees[size], _hashes(case["proof"]))
            group.expect(holds, (old, size))
    _others(tally)
    with tally.group("tlog/checkpoints") as group:
        _checkpoints(group, load("tlog", "checkpoints.json"))
    with tally.group("tlog/tessera-log") as group:
        _tessera(group, load("tlog", "tessera-log.json"))


def _hashes(proof):
    return [b64decode(part) for part in proof or []]


def _others(tally):
    with tally.group("tlog/merkle-inclusion") as group:
        for case in load("tlog", "merkle-inclusion.json"):
            given = (b64decode(case["leafHash"]), case["leafIdx"], case["treeSize"], _hashes(case["proof"]), b64decode(case["root"]))
            group.expect(tlog.verify_inclusion(*given) != case["wantErr"], case["name"])
    with tally.group("tlog/merkle-consistency") as group:
        for case in load("tlog", "merkle-consistency.json"):
            roots = b64decode(case["root1"]), b64decode(case["root2"])
            holds = tlog.verify_consistency(case["size1"], case["size2"], *roots, _hashes(case["proof"]))
            group.expect(holds != case["wantErr"], case["name"])


def _open(note, key, witnesses, threshold):
    try:
        return checkpoints.open_checkpoint(note, key, witnesses, threshold), None
    except NoteError as fault:
        return None, str(fault)


def _checkpoints(group, vectors):
    if not signatures.AVAILABLE:
        group.skip(len(vectors["verified"]) + len(vectors["refused"]), NO_SIGNATURES)
        return
    key, witnesses = VerifierKey(vectors["logKey"]), [VerifierKey(text) for text in vectors["witnessKeys"]]
    for case in vectors["verified"]:
        found, fault = _open(case["note"], key, witnesses, case["threshold"])
        good = found is not None and sorted(found[3]) == sorted(case["times"])
        group.expect(good, case["name"], fault or found)
    for case in vectors["refused"]:
        _, fault = _open(case["note"], key, witnesses, case["threshold"])
        group.expect(fault == case["fault"], case["name"], "%s, not %s" % (fault, case["fault"]))


def _tessera(group, vectors):
    bundle, leaves = b64decode(vectors["entries"]), []
    while bundle:
        size = int.from_bytes(bundle[:2], "big")
        leaves.append(tlog.leaf_hash(bundle[2:2 + size]))
        bundle = bundle[2 + size:]
    group.expect(b"".join(leaves) == b64decode(vectors["tile"]), "tile")
    key = VerifierKey(vectors["key"])
    for note in vectors["checkpoints"]:
        if not signatures.AVAILABLE:
            group.skip(1, NO_SIGNATURES)
            continue
        found, fault = _open(note, key, [], 0)
        group.expect(found is not None and tlog.root_of(leaves[:found[1]]) == found[2], note.split("\n")[1], fault)
