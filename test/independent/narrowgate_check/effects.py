"""Evidence before effect, refusals, closing and the revocation feed (E-11 to E-15)."""

_AFTER_CLOSING = ("outcome", "unknown", "erasure", "read")


def check_effects(entries, findings):
    _check_order(entries, findings)
    _check_outcomes(entries, findings)
    if entries.txn is not None:
        _check_closing(entries, findings)
    _check_feed(entries, findings)


def is_over(entries):
    """E-25: closed, and the end of all that was sent is known; a release bundle shows what was over when it was recorded."""
    if entries.txn is None:
        return True
    ended = {entry.body["decision"] for entry in entries.of("outcome", "unknown")}
    sent = {entry.body["decision"] for entry in entries.of("dispatch")}
    return any(entry.type == "closing" for entry in entries.own) and sent <= ended


def _check_order(entries, findings):
    """E-11, E-12: a token or a dispatch names an earlier permit of its own transaction."""
    for effect in entries.of("token", "dispatch"):
        decision = entries.by_id.get(effect.body["decision"])
        where = "%s of leaf %d" % (effect.type, effect.seq)
        same = decision is not None and decision.type == "decision" and decision.txn == _at(decision, effect)
        if not findings.demand(same and decision.seq < effect.seq, "E-11", where + " follows from no decision"):
            continue
        # What is answered to somebody else has no effect of ours (E-35).
        if not findings.demand(decision.body["action"] != "evaluate", "E-11", where + " follows from an evaluation"):
            continue
        if findings.demand(decision.body["verdict"] == "permit", "E-11", where + " follows from a refusal"):
            findings.line("proven", "%s was decided before, in leaf %d" % (where, decision.seq))
    _check_count(entries, findings)


def _check_count(entries, findings):
    """E-11: one effect of a decision, but for the gate's own token beside the bytes of a call."""
    effects = {}
    for effect in entries.of("token", "dispatch"):
        effects.setdefault(effect.body["decision"], []).append(effect)
    for decision, found in effects.items():
        action = entries.by_id[decision].body.get("action") if decision in entries.by_id else None
        gates = action == "call" and [effect.type for effect in found] == ["token", "dispatch"] and _is_gates(found[0])
        findings.demand(len(found) == 1 or gates, "E-11", "leaf %d: a second effect of its decision" % found[-1].seq)


def _is_gates(token):
    return "agent" not in token.leaf and token.body["mode"] == "rebind"


def _at(decision, effect):
    """The decision's own link where both are of one transaction."""
    one, other = decision.txn, effect.txn
    return one if one is not None and other is not None and one["id"] == other["id"] else {}


def _check_outcomes(entries, findings):
    open_dispatches = {}
    for entry in entries.of("dispatch", "outcome", "unknown"):
        decision = entry.body["decision"]
        if entry.type == "dispatch":
            open_dispatches[decision] = open_dispatches.get(decision, 0) + 1
        elif entry.type == "outcome" or decision in open_dispatches:
            left = open_dispatches.get(decision, 0)
            findings.demand(left > 0, "E-11", "leaf %d: an outcome of nothing that was sent" % entry.seq)
            open_dispatches[decision] = left - 1
    for decision, left in open_dispatches.items():
        if left > 0:
            findings.line("missing", "the outcome of what decision %s sent" % decision)


def _check_closing(entries, findings):
    """E-13."""
    closed = None
    for entry in entries.own:
        if closed is not None:
            good = entry.type in _AFTER_CLOSING
            findings.demand(good, "E-13", "leaf %d: %s after the closing" % (entry.seq, entry.type))
        if entry.type == "closing":
            closed = entry
            good = entry.body["entries"] == entry.txn["seq"]
            findings.demand(good, "E-13", "the closing counts other leaves than there are")
    if closed is None:
        findings.line("claimed", "the transaction is open: that these are all its leaves is the writer's word")
    else:
        findings.line("proven", "all %d leaves before the closing are here" % closed.body["entries"])


def _check_feed(entries, findings):
    """E-14, E-15, over the revocations that the bundle holds."""
    feed, epochs, tokens, agents = 0, {}, {}, {}
    for entry in entries.all:
        body = entry.body
        if entry.type == "token":
            tokens[body["token"]] = body["epochs"]
            agents[body["token"]] = entry.leaf.get("agent", {}).get("id")
        elif entry.type == "revocation":
            of = "%s:%s" % (body["kind"], body["id"])
            findings.demand(body["feed"] > feed, "E-14", "leaf %d: the feed does not ascend" % entry.seq)
            findings.demand(body["epoch"] > epochs.get(of, 0), "E-14", "leaf %d: the epoch is not raised" % entry.seq)
            feed, epochs[of] = body["feed"], body["epoch"]
        elif entry.type == "decision" and body["verdict"] == "permit":
            findings.demand(body["feed"] >= feed, "E-14", "leaf %d permits on an older feed" % entry.seq)
            dead = [of for of, n in tokens.get(body.get("token"), []) if epochs.get(of, 0) > n]
            findings.demand(not dead, "E-15", "leaf %d permits with a token that was dead" % entry.seq)
            if body["action"] == "call":
                findings.demand(body.get("token") in agents, "E-14", "leaf %d permits a call on no token" % entry.seq)
                own = entry.leaf.get("agent", {}).get("id") == agents.get(body.get("token"))
                findings.demand(own, "E-14", "leaf %d permits a call of another agent than the token's" % entry.seq)
