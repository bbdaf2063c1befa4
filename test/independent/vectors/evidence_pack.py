"""Evidence packs: the container, the draw, and a whole pack with one thing in it changed."""

import gzip
import io
import json
import os

from narrowgate_check import signatures
from narrowgate_check.archive import Archive, header
from narrowgate_check.bundle import read_trust
from narrowgate_check.canonical import canonical_bytes
from narrowgate_check.contained import MOST, Tokens, check_contained
from narrowgate_check.evidence_pack import check_pack
from narrowgate_check.findings import Broken
from narrowgate_check.population import Population, judged_servers
from narrowgate_check.texts import from_base64url, sha256, to_base64url

from .bundle import NO_SIGNATURES, SAMPLES
from .tally import load


def run(tally):
    with tally.group("evidence-pack/container") as group:
        _container(group)
    with tally.group("evidence-pack/draw") as group:
        for case in load("evidence-pack", "draw.json")["draws"]:
            found = sha256(("narrowgate/draw/v1\n%s\n%s" % (case["seed"], case["leaf"])).encode("ascii"))
            group.expect(to_base64url(found) == case["draw"], case["leaf"])
    with tally.group("evidence-pack/population") as group:
        _population(group)
    with tally.group("evidence-pack/contained") as group:
        _contained(group)
    with tally.group("evidence-pack/sample") as group:
        if signatures.AVAILABLE:
            _sample(group)
        else:
            group.skip(1, NO_SIGNATURES)


def _container(group):
    vectors = load("evidence-pack", "container.json")
    for case in vectors["headers"]:
        block = from_base64url(case["header"])
        group.expect(header(case["name"], case["size"]) == block, case["name"])
        if case["size"] == 0:
            whole = block + bytes(1024)
            group.expect(_first_fault(whole) is None, case["name"] + " alone")
            for end in (whole[:-1], whole + b"\0", whole + bytes(512), block):
                group.expect(_first_fault(end) == "K-1", "another end")
    for case in vectors["refused"]:
        group.expect(_first_fault(from_base64url(case["header"]) + bytes(2048)) == "K-1", case["why"])


def _population(group):
    vectors = load("evidence-pack", "population.json")
    registered = {}
    for one in vectors["registrations"]:
        registered.setdefault(one["ref"], []).append((one["version"], one["document"]))
    harmless = judged_servers(vectors, registered)
    for case in vectors["cases"]:
        population = Population({"since": vectors["since"], "sample": 1}, "", 0, harmless, vectors["deployments"])
        for leaf in case["leaves"]:
            population.count({**leaf, "txn": {"id": "t"}})
        group.expect(population.chosen() == ((["t"], []) if case["sensitive"] else ([], ["t"])), case["why"])


def _contained(group):
    vectors = load("evidence-pack", "contained.json")
    for case in vectors["cases"]:
        fault = _rule_of(lambda: check_contained(case["leaves"]))
        group.expect(fault == (None if case["holds"] else "K-13"), case["why"])
    for case in vectors["tokens"]:
        for order in (1, -1):
            tokens = Tokens()
            for leaf in case["leaves"][::order]:
                if leaf["type"] == "token":
                    tokens.take(leaf)
            fault = _rule_of(lambda: tokens.check([leaf for leaf in case["leaves"] if leaf["type"] == "release"]))
            group.expect(fault == (None if case["holds"] else "K-13"), case["why"])
    tokens, body = Tokens(), {"expires_s": 1}
    for number in range(MOST + 1):
        leaf = {"at": 1, "writer": {"seq": number}, "body": {**body, "epochs": [["release:%d" % number, 0]]}}
        if number in (0, MOST - 1, MOST):
            group.expect(_rule_of(lambda: tokens.take(leaf)) == ("K-13" if number == MOST else None), "many deployments")
        else:
            tokens.take(leaf)
    for case in vectors["populations"]:
        data = "".join(line + "\n" for line in case["lines"]).encode("utf-8")
        archive = Archive(io.BytesIO(header(POPULATION, len(data)) + data + bytes(-len(data) % 512) + bytes(1024)))
        population = Population({**case, "sample": 1}, case["seed"], case["seq"], (set(), set()), [])
        fault = _rule_of(lambda: population.read(archive))
        group.expect(fault == (None if case["holds"] else "K-13"), case["why"])


def _rule_of(check):
    try:
        check()
    except Broken as broken:
        return broken.rule
    return None


def _first_fault(data):
    archive = Archive(io.BytesIO(data))
    try:
        while archive.peek() is not None:
            archive.take(archive.peek())
    except Broken as broken:
        return broken.rule
    return None


def _files(data):
    archive, files = Archive(io.BytesIO(data)), {}
    while archive.peek() is not None:
        name = archive.peek()
        files[name] = archive.take(name)
    return files


def _archive(files):
    held = bytes(32)
    for name, data in files.items():
        if name != "end.json":
            held = sha256(held + sha256(name.encode("ascii")) + sha256(data))
    end = {**json.loads(files["end.json"]), "digest": to_base64url(held)}
    files = {**files, "end.json": canonical_bytes(end) + b"\n"}
    return b"".join(header(name, len(data)) + data + bytes(-len(data) % 512) for name, data in files.items()) + bytes(1024)


def _edited(name, change):
    def run_edit(files):
        return {**files, name: canonical_bytes(change(json.loads(files[name]))) + b"\n"}
    return run_edit


def _replaced(name, old, new):
    return lambda files: {**files, name: files[name].replace(old, new)}


def _line_less(number):
    def run_edit(files):
        lines = files[POPULATION].split(b"\n")
        del lines[number]
        return {**files, POPULATION: b"\n".join(lines)}
    return run_edit


POPULATION = "population/000001.jsonl"
FORGERIES = [
    ("K-2", "other instructions", _replaced("README.txt", b"Exit code 0", b"Exit code 1")),
    ("K-3", "another release", _edited("pack.json", lambda pack: {**pack, "release": "A" * 43})),
    ("K-3", "a further member", _edited("pack.json", lambda pack: {**pack, "note": "x"})),
    ("K-3", "a sample of none", _edited("pack.json", lambda pack: {**pack, "sample": 0})),
    ("K-3", "something else declared", _edited("release.json", lambda one: {**one, "declared": {"model": "another"}})),
    ("K-3", "something attested", _edited("release.json", lambda one: {**one, "attested": [{"by": "x", "claim": "y", "value": "z"}]})),
    ("K-4", "another verdict", _replaced("facts.json", b'"verdict":"not_established"', b'"verdict":"pass"')),
    ("K-5", "another verdict in the text", _replaced("reports/report.txt", b"not established", b"pass")),
    ("K-5", "a state in OSCAL", _replaced("reports/report.oscal.json", b'"not-satisfied"', b'"satisfied"')),
    ("K-5", "a verdict in OSCAL", _replaced("reports/report.oscal.json", b'"value": "not_established"', b'"value": "pass"')),
    ("K-7", "the newest leaf left out", _line_less(0)),
    ("K-7", "a leaf left out", _line_less(3)),
    ("K-2", "the oldest leaf left out", _line_less(-2)),
    ("K-8", "a server under another name", _replaced("servers.json", b'"id":"post"', b'"id":"data"')),
    ("K-10", "one transaction twice", lambda files: {**files, "transactions/000002.json": files["transactions/000001.json"]}),
    ("K-11", "other counts", _edited("end.json", lambda end: {**end, "leaves": 1})),
]


def _sample(group):
    with gzip.open(os.path.join(SAMPLES, "evidence-pack.tar.gz")) as file:
        data = file.read()
    with open(os.path.join(SAMPLES, "evidence-pack-trust.json"), "rb") as file:
        trust = read_trust(file.read())
    found = check_pack(io.BytesIO(data), trust)
    group.expect(found.verdict == "verified, unwitnessed", "as it is", found.failures)
    files = _files(data)
    group.expect(_archive(files) == data, "put together again")
    for rule, name, change in FORGERIES:
        found = check_pack(io.BytesIO(_archive(change(files))), trust)
        group.expect([one for one, _ in found.failures[:1]] == [rule], name, found.failures)
    for name in files:
        if name != "end.json":
            rest = {one: content for one, content in files.items() if one != name}
            group.expect(check_pack(io.BytesIO(_archive(rest)), trust).failures, "without " + name)
