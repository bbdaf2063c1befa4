"""test/vectors/approval."""

from narrowgate_check import approval, declassified, signatures
from narrowgate_check.canonical import canonical

from .tally import fault_of, load


def run(tally):
    with tally.group("approval/action") as group:
        _actions(group, load("approval", "action.json"))
    statements = load("approval", "statement.json")
    with tally.group("approval/statement") as group:
        for case in statements["accepted"]:
            found = approval.read_statement(case["text"])
            group.expect(canonical(found) == canonical(case["statement"]), case["name"], found)
        for case in statements["refused"]:
            group.expect(fault_of(approval.read_statement, case["text"]) == "P-2", case["name"], "accepted")
    with tally.group("approval/challenge") as group:
        for case in load("approval", "challenge.json")["cases"]:
            found = approval.challenge(case["text"])
            group.expect(found == case["challenge"], case["name"], found)
    with tally.group("approval/declassification") as group:
        for case in load("approval", "declassification.json")["accepted"]:
            asked = case["declassification"]
            rows = declassified.render(asked)
            same = (canonical(asked) == case["canonical"] and declassified.digest_of(asked) == case["digest"]
                    and declassified.requires(asked) == case["requires"] and rows == case["rows"])
            group.expect(same and approval.rendered_digest(rows) == case["rendered"], case["name"], rows)
        for case in load("approval", "declassification.json")["refused"]:
            group.expect(fault_of(declassified.check, case["declassification"]) == "P-11", case["name"], "accepted")
    with tally.group("approval/rendered") as group:
        for case in load("approval", "rendered.json")["cases"]:
            rows = approval.render(case["action"], case["labels"], case["reason"])
            group.expect(rows == case["rows"] and approval.rendered_digest(rows) == case["digest"], case["name"], rows)
    ceremonies = load("approval", "ceremony.json")
    with tally.group("approval/ceremony") as group:
        if not signatures.AVAILABLE:
            group.skip(len(ceremonies["accepted"] + ceremonies["refused"]), "no python3-cryptography")
            return
        for case in ceremonies["accepted"]:
            group.expect(_ceremony(case) is None, case["name"], _ceremony(case))
        for case in ceremonies["refused"]:
            group.expect(_ceremony(case) == case["rule"], case["name"], "%s, not %s" % (_ceremony(case), case["rule"]))


def _actions(group, vectors):
    for case in vectors["accepted"]:
        found = approval.action_digest(case["action"])
        group.expect(found == case["digest"] and canonical(case["action"]) == case["canonical"], case["name"], found)
    for case in vectors["same"]:
        group.expect(approval.same_action(case["a"], case["b"]) == case["same"], case["name"])
    for case in vectors["refused"]:
        group.expect(fault_of(approval.check_action, case["action"]) == "P-1", case["name"], "accepted")


def _ceremony(case):
    place = case["place"]
    return fault_of(approval.check_ceremony, case["signed"], case["jwk"], place["origin"], place["rp_id"], case["at"])
