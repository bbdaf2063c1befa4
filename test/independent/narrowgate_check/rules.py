"""What a decision must say where no policy has to be evaluated: rules of the procedure, and annotations (E-30 to E-34)."""

from .annotations import join_obligations, read_policies, requires_of
from .canonical import canonical, utf16_key
from .labels import is_label
from .overlays import overlays_of
from .posture import needs_person, rule_of
from .strict_json import is_int
from .texts import steps_of

RULES = ("outside_intent", "tier_exceeded", "label_exceeded")
_ALWAYS = ["approver#1"]
_AFTER = ("insufficient_scope", "cap_spent")


def check_rules(entry, request, findings, where):
    """Whether policy was asked; its code is the first rule that is broken."""
    code, labels = entry.body.get("code"), request.get("labels")
    if not isinstance(labels, dict) or not all(map(is_label, labels.values())) or not {"transaction", "instance"} <= set(labels):
        return True
    broken = rule_of(request)
    if broken is not None:
        findings.demand(code == broken, "E-16", "%s: refused %s, and not %s" % (where, code, broken))
        named = (entry.opening("content") or {}).get("policies")
        findings.demand(named in (None, []), "E-16", where + ": a rule of the procedure names policies")
        return False
    findings.demand(code not in RULES, "E-16", "%s: %s, and nothing is" % (where, code))
    if code is None:
        findings.demand(not needs_person(request), "E-34", where + ": nobody approved what is irreversible")
    return True


def check_content(entries, entry, request, findings, where):
    """`requires` and `obligations` are what the policies on record say."""
    content, code = entry.opening("content"), entry.body.get("code")
    if content is None or code in _AFTER or (code is None and "inputs" not in entry.leaf.get("sealed", {})):
        return
    requires, obligations = content.get("requires"), content.get("obligations")
    findings.demand((requires is not None) == (code == "approval_required"), "E-31", where + ": requires")
    findings.demand(obligations is None or code is None, "E-32", where + ": obligations of a refusal")
    findings.demand(obligations is None or _is_form(obligations), "E-32", where + ": obligations of another form")
    policies, known = content.get("policies"), _policies(entries, entry)
    if policies == [] and code == "approval_required":
        lone = "call" in request and needs_person(request) and requires == _ALWAYS
        findings.demand(lone, "E-34", where + ": no policy asks for an approval, and no tier")
        return
    if policies is None or known is None:
        return
    if not findings.demand(all(name in known for name in policies), "E-16", where + ": a policy that is not in force"):
        return
    effect, notes = "permit" if code is None else "forbid", [known[name][1] for name in policies]
    decided = code is None or code in ("approval_required", "policy_denied")
    findings.demand(not decided or all(known[name][0] == effect for name in policies), "E-16", where + ": a policy of the other effect")
    if code == "approval_required":
        findings.demand(requires == requires_of(notes), "E-31", where + ": other signatures than the policies ask for")
    if code is None:
        same = canonical(obligations or {}) == canonical(join_obligations(notes))
        if findings.demand(same and obligations != {}, "E-32", where + ": other obligations than the policies have"):
            findings.line("proven", where + ": obligations are those of the policies it names")


def _policies(entries, entry):
    """Those the decision names, and the forbids that stood over them."""
    above = [one for one in entries.of("policy") if one.seq < entry.seq and one.body["digest"] == entry.body["policy"]]
    bundle = (above[-1].opening("content") or {}).get("bundle") if above else None
    if bundle is None:
        return None
    over = [entries.by_id.get(name) for name in overlays_of(entry.opening("inputs") or [])]
    texts = [((one.opening("content") if one is not None else None) or {}).get("text") for one in over]
    if None in texts:
        return None
    return {**read_policies(bundle), **read_policies({"files": [{"name": "overlay", "text": text} for text in texts]})}


def _is_form(value):
    checks = {"capture": lambda one: one in ("digest", "full"), "cap_rows": is_int,
              "redact_arguments": _pointers, "redact_result": _pointers}
    return isinstance(value, dict) and set(value) <= set(checks) and all(checks[name](one) for name, one in value.items())


def _pointers(value):
    known = isinstance(value, list) and all(isinstance(one, str) and steps_of(one) for one in value)
    return known and value == sorted(set(value), key=utf16_key)
