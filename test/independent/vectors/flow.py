"""test/vectors/flow."""

from narrowgate_check import annotations, labels, posture

from .tally import load


def run(tally):
    with tally.group("flow/labels") as group:
        _labels(group, load("flow", "labels.json"))
    with tally.group("flow/intent") as group:
        for case in load("flow", "intent.json")["cases"]:
            group.expect(posture.outside_intent(case["intent"], case["call"]) == case["outside"], case["name"])
    with tally.group("flow/spent") as group:
        for case in load("flow", "spent.json")["amounts"]:
            found = posture.amount_at(case["pointer"], case["arguments"])
            group.expect(found == case["amount"], case["name"], found)
    with tally.group("flow/posture") as group:
        for case in load("flow", "posture.json")["cases"]:
            found = posture.exceeds_tier(case["tier"], case["effect"]), posture.asks_person(case["tier"], case["effect"], case["approvals"])
            group.expect(found == (case["exceeded"], case["needs_person"]), str(case), found)
    with tally.group("flow/obligations") as group:
        vectors = load("flow", "obligations.json")
        for case in vectors["join"]:
            found = annotations.join_obligations(case["policies"])
            group.expect(found == case["obligations"], case["name"], found)
        for case in vectors["requires"]:
            found = annotations.requires_of(case["policies"])
            group.expect(found == case["requires"], case["name"], found)
        for case in vectors["redact"]:
            found = annotations.redact(case["arguments"], case["pointers"])
            group.expect(found == case["left"], case["name"], found)


def _labels(group, vectors):
    for case in vectors["join"]:
        group.expect(labels.join(labels.BOTTOM, *case["labels"]) == case["join"], case["name"])
    for case in vectors["at_most"]:
        group.expect(labels.at_most(case["below"], case["above"]) == case["holds"], str(case))
    for case in vectors["in_context"]:
        group.expect(labels.in_context(case["label"]) == case["context"], str(case))
    for case in vectors["exceeds_store"]:
        found = posture.exceeds_store(case["carried"], case["effect"], case["store"])
        group.expect(found == case["exceeds"], str(case), found)
