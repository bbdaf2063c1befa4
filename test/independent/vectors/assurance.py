"""test/vectors/assurance, as far as releases go. The forms of manifest and deployment are not read here, only their digests."""

from narrowgate_check import release_documents as documents
from narrowgate_check.canonical import canonical
from narrowgate_check.entries import Entries
from narrowgate_check.findings import Findings
from narrowgate_check.releases import check_releases, is_drawn
from narrowgate_check.texts import to_base64url

from .tally import fault_of, load


def run(tally):
    vectors = load("assurance", "release.json")
    with tally.group("assurance/release") as group:
        for part, digest_of in (("manifest", documents.release_digest), ("deployment", documents.deployment_digest)):
            for case in vectors[part]["accepted"]:
                group.expect(digest_of(case[part]) == case["digest"], case["name"], digest_of(case[part]))
        for case in vectors["diff"]:
            group.expect(documents.diff_digest(case["diff"]) == case["digest"], case["name"], case["diff"])
    with tally.group("assurance/draw") as group:
        for case in vectors["draw"]:
            drawn = is_drawn(case["deployment"], case["mandate"], case["share"])
            group.expect(drawn == case["drawn"], case["mandate"], drawn)
    with tally.group("assurance/glass") as group:
        def read_glass(text):
            reads = documents.read_glass_review if '"review_glass"' in text else documents.read_glass_statement
            return reads(text)
        for case in vectors["glass"]["accepted"]:
            good = read_glass(case["text"]) is not None and documents.glass_challenge(case["text"]) == case["challenge"]
            group.expect(good, case["name"], "not accepted")
        for case in vectors["glass"]["refused"]:
            group.expect(fault_of(read_glass, case["text"]) == "R-21", case["name"], "accepted")
    with tally.group("assurance/glass leaves") as group:
        _glass_leaves(group, load("assurance", "glass.json"))
    with tally.group("assurance/statement") as group:
        for case in vectors["statement"]["accepted"]:
            read = documents.read_release_statement(case["text"])
            same = canonical(read) == case["text"] and documents.release_challenge(case["text"]) == case["challenge"]
            group.expect(same, case["name"], read)
        for case in vectors["statement"]["refused"]:
            group.expect(fault_of(documents.read_release_statement, case["text"]) == "R-3", case["name"], "accepted")
    with tally.group("assurance/certificate") as group:
        for case in vectors["certificate"]["accepted"]:
            predicate, _, payload, _ = documents.read_certificate(case["envelope"])
            message = to_base64url(documents.pre_auth(payload))
            group.expect(predicate == case["predicate"] and message == case["message"], case["name"], predicate)
        for case in vectors["certificate"]["refused"]:
            group.expect(fault_of(documents.read_certificate, case["envelope"]) == "R-8", case["name"], "accepted")


def _glass_leaves(group, vectors):
    for case in vectors["cases"]:
        entries = [{"leaf": leaf, "inclusion": []} for leaf in vectors["before"] + case["leaves"]]
        bundle = Entries({"entries": entries, "release": vectors["release"], "checkpoint": vectors["origin"] + "\n", "erased": []})
        bundle.claims, bundle.requests, findings = {}, {}, Findings()
        check_releases(bundle, findings, None)
        rules = [rule for rule, _ in findings.failures]
        group.expect(rules == ([] if case["fails"] is None else [case["fails"]]), case["why"], findings.failures)
