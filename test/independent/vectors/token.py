"""test/vectors/token."""

from narrowgate_check import operators, signatures, tokens

from .tally import fault_of, load


def run(tally):
    claims, dpop = load("token", "claims.json"), load("token", "dpop.json")
    with tally.group("token/claims") as group:
        for case in claims["accepted"]:
            fault = fault_of(tokens.check_claims, case["claims"])
            group.expect(fault is None, case["name"], fault)
        for case in claims["refused"]:
            fault = fault_of(tokens.check_claims, case["claims"])
            group.expect(fault == case["rule"], case["name"], "%s, not %s" % (fault, case["rule"]))
        for header in claims["headers"]["accepted"]:
            group.expect(fault_of(tokens.check_header, header) is None, "header", header)
        for header in claims["headers"]["refused"]:
            group.expect(fault_of(tokens.check_header, header) is not None, "header", header)
    requests = load("token", "operator-requests.json")
    with tally.group("token/operator-requests") as group:
        for case in requests["accepted"]:
            fault = fault_of(operators.read_request, case["jws"])
            group.expect(fault is None, case["name"], fault)
        for case in requests["refused"]:
            group.expect(fault_of(operators.read_request, case["jws"]) is not None, case["name"], "accepted")
    with tally.group("token/dpop") as group:
        _proofs(group, dpop)


def _proofs(group, dpop):
    for case in dpop["accepted"]:
        proof, jwk = tokens.read_proof(case["jws"])
        group.expect(proof == case["proof"] and tokens.thumbprint(jwk) == case["thumbprint"], case["name"], proof)
        if not signatures.AVAILABLE:
            group.skip(1, "no python3-cryptography: signatures not verified")
        else:
            group.expect(tokens.verify_own_key(case["jws"]), case["name"] + ", signature")
    for case in dpop["refused"]:
        group.expect(fault_of(tokens.read_proof, case["jws"]) is not None, case["name"], "accepted")
    for case in dpop["thumbprints"]:
        found = tokens.thumbprint(case["jwk"])
        group.expect(found == case["thumbprint"], case["name"], found)
