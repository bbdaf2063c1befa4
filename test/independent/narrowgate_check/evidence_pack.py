"""Evidence packs (evidence-pack.md): a release, what its agent did, and the proof of both.

Reports are not made again here: their verdicts are compared with those of the evaluation, and that is said.
"""

import json
import re

from .archive import Archive
from .bundle import check_bundle
from .canonical import canonical_bytes
from .findings import Broken, Findings
from .leaves import hash_of
from .population import Population, harmless_servers
from .strict_json import JsonError, is_int, parse
from .texts import digest, from_base64, is_digest, is_id, is_ref

README = "NQEK1aWTLrjQTq4tDBKlhsTvyGQLTP2EwwT__Aoh1SQ"
_PACK = {"format": lambda value: value == "narrowgate-evidence/1", "agent": lambda value: isinstance(value, str) and 0 < len(value) <= 1024,
         "ref": is_ref, "release": is_digest, "evaluation": is_id, "since": is_int, "sample": lambda value: is_int(value, 1, 10_000),
         "made_by": lambda value: isinstance(value, dict) and set(value) == {"version", "verifier"} and is_digest(value["verifier"])}
_RELEASE = {"format", "agent", "attested", "declared", "release", "evaluation", "proof"}
_TEXT_LINE = re.compile(r"^  ([A-Z]{3}-\d\d) (pass|FAIL|not established|ERROR|stale|not applicable)\b", re.M)


def check_pack(file, trust=None):
    """Checks an evidence pack from an open file, with a parsed trust file or without; gives Findings."""
    findings = Findings()
    try:
        _check(Archive(file), trust, findings)
    except Broken as broken:
        findings.fail(broken.rule, broken.why)
    except (TypeError, KeyError, ValueError, AttributeError, RecursionError) as error:
        # TRUST: a pack is hostile; whatever it makes this code stumble over is a fault of the pack.
        findings.fail("K-2", "a value of a form that was not expected (%s)" % type(error).__name__)
    if findings.failures:
        findings.verdict = "failed"
    return findings


def _demand(holds, rule, why):
    if not holds:
        raise Broken(rule, why)


def _document(archive, name):
    data = archive.take(name)
    _demand(data.endswith(b"\n"), "K-2", name + " does not end in a newline")
    try:
        value = parse(data[:-1])
    except JsonError as cause:
        raise Broken("K-2", "%s: %s" % (name, cause)) from cause
    _demand(canonical_bytes(value) == data[:-1], "K-2", name + " is not canonical")
    return value


def _check(archive, trust, findings):
    _demand(digest(archive.take("README.txt")) == README, "K-2", "README.txt is another text")
    pack = _document(archive, "pack.json")
    good = isinstance(pack, dict) and set(pack) == set(_PACK) and all(is_good(pack[name]) for name, is_good in _PACK.items())
    _demand(good, "K-3", "pack.json is of another form")
    release = _Release(_document(archive, "release.json"), pack, trust, findings)
    _reports(archive, release, findings)
    _policies(archive, release)
    harmless = harmless_servers(_document(archive, "servers.json"), release.manifest, *release.head)
    population = Population(pack, hash_of(release.leaf), release.leaf["agent"]["seq"], harmless, release.deployments())
    population.read(archive)
    findings.line("proven", "%d leaves of the agent, none left out" % population.leaves)
    sensitive, sampled = population.chosen()
    standing = _transactions(archive, sensitive + sampled, release, findings)
    _end(archive, population, sensitive, sampled, release)
    findings.line("proven", "%d transactions, %d sensitive and all here, %d of the others drawn"
                  % (len(population.first), len(sensitive), len(sampled)))
    findings.verdict = standing


class _Release:
    """K-3: the release with its proof."""

    def __init__(self, value, pack, trust, findings):
        good = isinstance(value, dict) and set(value) == _RELEASE and value["format"] == "narrowgate-release/1"
        _demand(good and (value["agent"], value["release"]) == (pack["agent"], pack["release"]), "K-3", "release.json is another release")
        self.pack, self.trust = pack, trust
        proof = value["proof"]
        found = check_bundle(canonical_bytes(proof) + b"\n", trust)
        if found.failures:
            raise Broken(*found.failures[0])
        self.standing = found.verdict
        findings.lines += found.lines
        findings.warnings += found.warnings
        _demand(proof.get("release") == pack["release"], "R-11", "the proof is about something else")
        self.entries = proof["entries"]
        self.by_id = {entry["leaf"]["id"]: entry for entry in self.entries}
        self.head = head_of(proof["checkpoint"])
        self._tested(value)
        newest = [entry for entry in self.entries if self._is_evaluation(entry)][-1:]
        _demand(newest and newest[0]["leaf"]["id"] == pack["evaluation"], "K-3", "another evaluation than the newest one is reported")
        self.leaf, self.evaluation = newest[0]["leaf"], opened(newest[0], "document")
        _demand(self.leaf.get("agent", {}).get("id") == pack["ref"], "K-3", "the evaluation is of another agent")
        _demand(self.evaluation["log"]["origin"] == proof["checkpoint"].split("\n")[0], "K-3", "the evaluation is of another log")
        manifests = [opened(entry, "manifest") for entry in self._of("release") if entry["leaf"]["body"]["action"] == "proposed"
                     and entry["leaf"]["body"]["release"] == pack["release"]]
        self.manifest = next((one for one in manifests if one is not None), None)
        _demand(self.manifest is not None, "K-3", "no manifest is opened")
        same = all(canonical_bytes(value[part]) == canonical_bytes(self.manifest[part]) for part in ("attested", "declared"))
        _demand(same, "K-3", "what is attested or declared of the release is not what the manifest says")

    def _of(self, kind):
        return [entry for entry in self.entries if entry["leaf"]["type"] == kind]

    def _is_evaluation(self, entry):
        is_kind = entry["leaf"]["type"] == "assurance" and entry["leaf"]["body"]["kind"] == "evaluation"
        return is_kind and (opened(entry, "document") or {}).get("release") == self.pack["release"]

    def _tested(self, value):
        """R-11: what was signed is an evaluation of this agent and release."""
        entry = self.by_id.get(value["evaluation"])
        good = entry is not None and self._is_evaluation(entry) and opened(entry, "document")["agent"] == self.pack["agent"]
        _demand(good, "R-11", "its evaluation is not in its proof")

    def deployments(self):
        """K-8: those that tokens of this release name."""
        return {entry["leaf"]["body"]["deployment"] for entry in self._of("release")
                if entry["leaf"]["body"]["release"] == self.pack["release"]}

    def counted(self):
        return {drill for result in self.evaluation["results"] for drill in result["drills"]}

    def certificate(self):
        active = [entry for entry in self._of("release") if entry["leaf"]["body"]["action"] == "activated"
                  and entry["leaf"]["body"]["release"] == self.pack["release"]]
        return opened(active[-1], "certificate") if active else None


def opened(entry, member):
    return entry.get("openings", {}).get("content", {}).get(member)


def head_of(note):
    """Size and root of a note that was verified."""
    lines = note.split("\n")
    return int(lines[1]), from_base64(lines[2])


def _reports(archive, release, findings):
    """K-4, and K-5 as far as one goes who makes no reports."""
    facts, evaluation = _document(archive, "facts.json"), release.evaluation
    same = facts["format"] == "narrowgate-readiness/1" and facts["entry"] == release.pack["evaluation"] and facts["evaluation"] == evaluation
    _demand(same and facts["agent"]["id"] == release.pack["agent"], "K-4", "the facts have another evaluation than the log")
    profile = digest(b"narrowgate/gate-profile/v1\n" + canonical_bytes(facts["profile"]))
    _demand(profile == evaluation["profile"], "K-4", "the facts have another profile")
    named = [drill["entry"] for drill in facts["drills"]]
    _demand(sorted(named) == sorted(release.counted()), "K-4", "the facts have other drills than the evaluation counts")
    for drill in facts["drills"]:
        entry = release.by_id.get(drill["entry"])
        good = entry is not None and entry["leaf"]["writer"]["seq"] == drill["index"] and opened(entry, "document") == drill["result"]
        _demand(good, "K-4", "a drill in the facts is not the one of its leaf")
    verdicts = {result["control"]: result["verdict"] for result in evaluation["results"]}
    text = archive.take("reports/report.txt").decode("utf-8")
    told = {control: _verdict(words) for control, words in _TEXT_LINE.findall(text)}
    _demand(told == verdicts, "K-5", "the report says other verdicts than the evaluation")
    report = json.loads(archive.take("reports/report.json"))
    told = {one["id"]: one["result"] for family in report["families"] for one in family["controls"]}
    same = told == {result["control"]: result for result in evaluation["results"]} and report["blocking"] == evaluation["blocking"]
    _demand(same and report["isReady"] == (evaluation["verdict"] == "ready"), "K-5", "the report as JSON says something else")
    archive.take("reports/report.html")
    told = [_oscal_verdict(one) for one in json.loads(archive.take("reports/report.oscal.json"))["assessment-results"]["results"][0]["findings"]]
    expected = [(control.lower(), verdict, verdict in ("pass", "not_applicable")) for control, verdict in verdicts.items()]
    _demand(sorted(told) == sorted(expected), "K-5", "OSCAL says other verdicts than the evaluation")
    findings.line("claimed", "reports: verdicts of text, JSON and OSCAL are those of the evaluation; the rest and HTML were not made again")
    findings.line("claimed", "facts beside the evaluation: the word of the instance")


def _oscal_verdict(finding):
    """Control, verdict, and whether OSCAL calls it satisfied."""
    named = [prop["value"] for prop in finding["props"] if prop["name"] == "verdict"]
    target = finding["target"]
    return target["target-id"], named[0] if len(named) == 1 else "", target["status"]["state"] == "satisfied"


def _verdict(words):
    return words.lower().replace(" ", "_")


def _policies(archive, release):
    """K-6."""
    certificate = release.certificate()
    if certificate is not None:
        given = archive.take("certificate.json")
        _demand(given == canonical_bytes(certificate) + b"\n", "K-6", "the certificate is another one than the log's")
    for name in release.manifest["policies"]:
        _demand(digest(archive.take("policies/%s.cedar" % name)) == name, "K-6", "another policy than the manifest names")


def _transactions(archive, wanted, release, findings):
    """K-10."""
    standing, erased = release.standing, 0
    for number, txn in enumerate(wanted, 1):
        name = "transactions/%06d.json" % number
        data = archive.take(name)
        found = check_bundle(data, release.trust)
        if found.failures:
            raise Broken(found.failures[0][0], "%s: %s" % (name, found.failures[0][1]))
        bundle = parse(data[:-1])
        _demand(bundle.get("txn") == txn, "K-10", name + " is not the transaction that has to be there")
        own = head_of(bundle["checkpoint"])
        _demand(own[0] != release.head[0] or own == release.head, "K-10", name + " is of a fork")
        heads = [own] + [head_of(one["checkpoint"]) for one in bundle["earlier"]]
        _demand(release.head in heads, "K-10", "nothing shows that %s is of the log under the head of the pack" % name)
        erased += found.count("erased") + found.count("missing")
        standing = "open" if found.verdict == "open" else standing
    findings.line("proven", "%d bundles of transactions hold" % len(wanted))
    if erased:
        findings.line("erased", "%d parts of transactions are erased or missing" % erased)
    return standing


def _end(archive, population, sensitive, sampled, release):
    """K-11."""
    held = archive.digest()
    end = _document(archive, "end.json")
    expected = {"format": "narrowgate-evidence-end/1", "leaves": population.leaves, "population": len(population.first),
                "sensitive": len(sensitive), "sampled": len(sampled), "transactions": len(sensitive) + len(sampled),
                "procedures": sorted(population.procedures | {release.manifest["procedure"]}), "digest": held}
    _demand(end == expected, "K-11", "the end says something else than the pack has")
    _demand(archive.peek() is None, "K-2", "more files than a pack has")
