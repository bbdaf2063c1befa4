"""The members that each leaf type may seal beside `salt` (evidence.md section 4)."""

REQUEST = {"request"}
TABLE = {
    ("genesis", "content"): {"origin", "log_key"},
    ("operator", "proof"): REQUEST, ("operator", "content"): {"name", "jwk"},
    ("registry", "proof"): REQUEST, ("registry", "content"): {"document"},
    ("policy", "proof"): REQUEST, ("policy", "content"): {"bundle"},
    ("attestation", "proof"): {"assertion", "dpop"}, ("attestation", "content"): {"platform_instance", "claims"},
    ("mandate", "proof"): {"subject_assertion", "request"}, ("mandate", "content"): {"document", "groups", "entitlements"},
    ("decision", "proof"): {"token", "dpop", "client_assertion", "actor_token", "subject_token", "htm", "htu"},
    ("decision", "content"): {"request", "policies", "reason", "requires", "obligations"},
    ("token", "proof"): {"signing_input"},
    ("token", "content"): {"requested", "granted", "actor_ceiling", "client_ceiling"},
    ("dispatch", "content"): {"bytes", "bytes_salt"},
    ("outcome", "content"): {"bytes", "bytes_salt", "code"},
    ("revocation", "proof"): REQUEST, ("revocation", "content"): {"reason", "name"},
    ("read", "proof"): REQUEST, ("erasure", "proof"): REQUEST,
    ("person", "proof"): REQUEST, ("person", "content"): {"name", "identities", "jwk", "rp_id"},
    ("approval", "proof"): {"statement", "client_data", "authenticator_data", "signature"},
    ("approval", "content"): {"action", "rendered", "name"},
    ("assurance", "proof"): {"request"},
    ("assurance", "content"): {"document"},
    ("release", "proof"): {"request", "statement", "client_data", "authenticator_data", "signature"},
    ("release", "content"): {"manifest", "deployment", "diff", "rendered", "name", "certificate", "reason", "seconds"},
    ("overlay", "proof"): REQUEST, ("overlay", "content"): {"text", "reason"},
}


def unknown_member(kind, part, opening):
    """A member that the type does not seal there, or None."""
    allowed = TABLE.get((kind, part), set()) | {"salt"}
    return next((name for name in sorted(opening) if name not in allowed), None)
