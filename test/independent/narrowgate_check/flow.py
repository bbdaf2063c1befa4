"""Labels and sums, followed through a transaction from permit to permit (evidence.md E-29, E-30)."""

from .canonical import canonical
from .declassified import fall_fault, may_have_fallen
from .labels import BOTTOM, at_most, in_context, is_label, join, label_of, needs_store
from .posture import amount_of, effect_of


def check_flow(entries, findings, approvals):
    flow = _Flow(entries, findings, approvals)
    for entry in entries.all:
        own = entry.txn is not None and entry.txn["id"] == entries.txn
        if entry.type == "label":
            flow.label(entry, own)
        elif own and entry.type == "outcome":
            flow.rows += entry.body.get("rows", 0)
        elif own and entry.type == "decision":
            flow.decision(entry)
    flow.end()


class _Flow:
    def __init__(self, entries, findings, approvals):
        self.entries, self.findings, self.approvals = entries, findings, approvals
        self.calls = self.rows = self.amount = 0
        self.carried, self.newest, self.tainting = {}, {}, {}

    def label(self, entry, own):
        body, cause = entry.body, self.entries.by_id.get(entry.body["because"])
        state = (body["state"], body["ref"])
        before = self.newest.get(state)
        known = cause is not None and cause.seq < entry.seq
        self._demand(known or not own, entry, "its cause is no earlier leaf")
        if before is not None and not at_most(before, label_of(entry)):
            self._falls(entry, before, own)
        if state[0] == "store":
            self.tainting.pop(body["because"], None)
        self.newest[state] = label_of(entry)

    def _falls(self, entry, before, own):
        state = (entry.body["state"], entry.body["ref"])
        if not own:
            self._demand(may_have_fallen(self.entries, entry), entry, "a label falls")
            self.findings.line("claimed", "leaf %d: a label fell in another transaction" % entry.seq)
            return
        fault = fall_fault(self.entries, self.approvals, entry, before)
        if fault == "claimed":
            self.findings.line("claimed", "leaf %d: a label falls, and what was signed is not disclosed" % entry.seq)
        else:
            self._demand(fault is None, entry, fault)
        self.carried[state] = label_of(entry)

    def decision(self, entry):
        request, permit = self.entries.requests.get(entry.id), entry.body["verdict"] == "permit"
        called = entry.body["action"] == "call"
        if entry.body["action"] == "evaluate":
            return
        if request is None:
            self.calls += 1 if permit and called else 0
            self.amount = None if permit and called else self.amount
            return
        labels = request.get("labels") if isinstance(request.get("labels"), dict) else {}
        needed = {"transaction", "instance"}
        needed |= {"declared"} if "call" in request else set()
        needed |= {"store"} if needs_store(self.entries, entry, request.get("call")) else set()
        good = needed <= set(labels) <= {"transaction", "instance", "declared", "store"} and all(map(is_label, labels.values()))
        if not self._demand(good, entry, "it lacks a label, or one is none"):
            return
        self._compare(entry, request, labels)
        if called and isinstance(request.get("call"), dict):
            self._spent(entry, request)
            if permit:
                self._raise(entry, request, labels)

    def _states(self, entry):
        return ("transaction", entry.txn["id"]), ("instance", entry.body.get("instance"))

    def _compare(self, entry, request, labels):
        shown = in_context(join(labels["transaction"], labels["instance"]))
        found = request.get("context", {}).get("labels")
        self._demand(canonical(found) == canonical(shown), entry, "/context/labels is not the join")
        for state in self._states(entry):
            good = at_most(self.carried.get(state, BOTTOM), labels[state[0]])
            self._demand(good, entry, "the %s carries less than it was shown" % state[0])
        if "store" in labels and "call" in request:
            good = at_most(self.carried.get(("store", request["call"].get("server")), BOTTOM), labels["store"])
            self._demand(good, entry, "the store carries less than was written to it")

    def _raise(self, entry, request, labels):
        before = join(labels["transaction"], labels["instance"])
        for state in self._states(entry):
            self.carried[state] = join(*labels.values())
        self.calls += 1
        moved = amount_of(request)
        self.amount = None if None in (moved, self.amount) else self.amount + moved
        if "store" not in labels or effect_of(request) == "read":
            return
        untrusted = before["untrusted"] or labels["store"]["untrusted"]
        self.carried[("store", request["call"].get("server"))] = {"class": "public", "untrusted": untrusted}
        if before["untrusted"] and not labels["store"]["untrusted"]:
            self.tainting[entry.id] = entry

    def _spent(self, entry, request):
        spent = request.get("context", {}).get("spent")
        where = "leaf %d: " % entry.seq
        if not self.findings.demand(isinstance(spent, dict), "E-30", where + "it knew no sums"):
            return
        for name, known in (("calls", self.calls), ("rows", self.rows), ("amount", self.amount)):
            found = spent.get(name)
            same = known is None or (not isinstance(found, bool) and found == known)
            self.findings.demand(same, "E-30", "%s%s is %s on record" % (where, name, known))

    def end(self):
        for state, carried in self.carried.items():
            good = state[0] == "store" or at_most(carried, self.newest.get(state, BOTTOM))
            self.findings.demand(good, "E-29", "no leaf says what the %s was shown" % state[0])
        for entry in self.tainting.values():
            self._demand(False, entry, "no leaf says what was written to the store")
        self.findings.line("proven", "%d permitted calls: labels and sums follow" % self.calls)

    def _demand(self, holds, entry, why):
        return self.findings.demand(holds, "E-29", "leaf %d: %s" % (entry.seq, why))
