"""What is forbidden over all policies for a while (evidence.md E-37)."""

from .annotations import read_policies
from .texts import digest

_SLACK_MS = 5_000


def overlays_of(items):
    """Leaf ids that the inputs of a decision name; what is not opened names none."""
    found = [item["value"] for item in items if item.get("path") == "/overlays"]
    return [one for one in found[0] if isinstance(one, str)] if found and isinstance(found[0], list) else []


def check_overlays(entries, findings):
    put = {entry.id: entry for entry in entries.of("overlay") if entry.body["action"] == "put"}
    for entry in entries.of("overlay"):
        where = "overlay of leaf %d: " % entry.seq
        text = (entry.opening("content") or {}).get("text")
        good = text is None or digest(("narrowgate/overlay/v1\n" + text).encode("utf-8")) == entry.body["digest"]
        findings.demand(good, "E-37", where + "another text than it names")
        if "overlay" in entry.body:
            lifted = put.get(entry.body["overlay"])
            good = lifted is not None and lifted.seq < entry.seq and lifted.body["digest"] == entry.body["digest"]
            findings.demand(good, "E-37", where + "it lifts none that stands before it")
    for entry in entries.of("decision"):
        items = entry.opening("inputs")
        if items is not None and not any("commitment" in item for item in items):
            _check_decision(entries, entry, items, put, findings)


def _check_decision(entries, entry, items, put, findings):
    where, named = "decision of leaf %d: " % entry.seq, overlays_of(items)
    said = [item["value"] for item in items if item["path"] == "/overlays"]
    findings.demand(said in ([], [sorted(set(named))]) and said != [[]], "E-37", where + "no sorted list of overlays")
    may = in_force(entries, entry, _SLACK_MS)
    findings.demand(all(name in may for name in named), "E-37", where + "an overlay that was not in force")
    for name in named:
        findings.demand(_only_forbids(put.get(name)), "E-37", where + "an overlay that does more than forbid")
    if entry.body["verdict"] == "permit":
        must = in_force(entries, entry)
        findings.demand(all(name in named for name in must), "E-37", where + "made without an overlay that was in force")


def in_force(entries, entry, slack=0):
    """Leaf ids of what stood over the place of a decision."""
    before = [one for one in entries.of("overlay") if one.seq < entry.seq]
    lifted = {one.body.get("overlay") for one in before}
    return [one.id for one in before
            if one.body["action"] == "put" and one.id not in lifted and entry.leaf["at"] < one.body["until"] + slack]


def _only_forbids(entry):
    text = ((entry.opening("content") if entry is not None else None) or {}).get("text")
    if text is None:
        return True
    policies = read_policies({"files": [{"name": "overlay", "text": text}]})
    return bool(policies) and all(effect == "forbid" and "approval" not in notes for effect, notes in policies.values())
