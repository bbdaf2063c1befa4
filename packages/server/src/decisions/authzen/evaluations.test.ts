import type { LeafDraft } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { compilePolicies, schemaFromRegistry } from "@narrowgate/policy";
import { createNodeEngine } from "@narrowgate/policy/node";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTokenBuckets } from "../../platform/http/token-buckets.ts";
import { answerEvaluations } from "./answer-evaluations.ts";
import { mapEvaluation } from "./map-evaluation.ts";
import type { AuthzenCaller, AuthzenPorts } from "./ports.ts";
import { readEvaluation, readEvaluations } from "./read-evaluation.ts";

const PROFILE = `namespace Doors {
  entity person { badge?: String };
  entity door;
  action open, watch appliesTo {
    principal: [person], resource: [door],
    context: { action: { force?: Bool }, request: { site?: String }, caller: { id: String } }
  };
}`;
const POLICIES = `
@id("open") @cap_rows("7")
permit (principal is Doors::person, action == Doors::Action::"open", resource)
when { context.request has site && context.request.site == "north" && context.caller.id == "pep" };
@id("force") @approval("approver#1")
forbid (principal is Doors::person, action == Doors::Action::"open", resource)
when { context.action has force && context.action.force };`;

const engine = createNodeEngine();
const compiled = (() => {
  const outcome = compilePolicies(engine, {
    schema: schemaFromRegistry({ tools: [] }).schema,
    files: [
      { name: "p.cedarschema", text: PROFILE },
      { name: "p.cedar", text: POLICIES },
    ],
  });
  if (outcome.kind === "rejected") throw new Error(JSON.stringify(outcome.problems));
  return outcome.policies;
})();

const ask = {
  subject: { type: "person", id: "ada" },
  action: { name: "open" },
  resource: { type: "door", id: "7" },
  context: { site: "north" },
};
const bytes = (value: object): Uint8Array => Buffer.from(JSON.stringify(value));

const claims = {
  jti: "jti",
  txn: "w.txn",
  scope: "authzen:evaluate",
  cnf: { jkt: "jkt" },
  ng: { instance: "instance", mandate: "mandate" },
};

function world(more: Partial<AuthzenCaller> = {}) {
  const recorded: LeafDraft[] = [];
  let isDurable = false;
  const made = {
    issuer: "https://gate.example",
    clock: { nowMs: () => 1_795_000_000_000 },
    policies: () => ({ compiled, procedure: engine.procedureDigest, overlays: [], profile: "Doors" }),
    epochs: { position: () => 3 },
    evidence: {
      record(drafts: readonly LeafDraft[]) {
        const first = recorded.length;
        recorded.push(...drafts);
        const leaves = drafts.map((_, i) => ({ id: `leaf-${first + i}`, index: first + i, hash: "" }));
        const durable = Promise.resolve().then(() => {
          isDurable = true;
        });
        return { leaves, durable };
      },
    },
  };
  const caller = {
    kind: "caller",
    claims,
    token: "token",
    dpop: "dpop",
    use: "use",
    agentRef: "ref",
    agent: { id: "pep" },
    bodySigned: true,
    ended: () => undefined,
    ...more,
  };
  const ports: AuthzenPorts = Object.assign(Object.create(null), made);
  const asker: AuthzenCaller = Object.assign(Object.create(null), caller);
  const buckets = createTokenBuckets({ burst: 4, perSecond: 1 });
  const answer = async (body: Uint8Array, read = readEvaluations): Promise<JsonObject> => {
    const address = { method: "POST", url: "https://gate.example/access/v1/evaluations" };
    const found = await answerEvaluations(asker, { question: read(body), body, address }, ports, buckets);
    expect(isDurable).toBe(true);
    return found;
  };
  return { recorded, answer };
}

describe("an evaluation", () => {
  it("is permitted with what its policies demand, and on record with it", async () => {
    const { recorded, answer } = world();
    expect(await answer(bytes(ask), readEvaluation)).toEqual({
      decision: true,
      context: { evaluation_id: "leaf-0", obligations: { cap_rows: 7 } },
    });
    expect(recorded).toMatchObject([
      {
        type: "decision",
        txn: "w.txn",
        agent: "ref",
        body: { action: "evaluate", verdict: "permit", use: "use", feed: 3, mandate: "mandate" },
        proof: { token: "token", dpop: "dpop", htm: "POST" },
        content: { policies: ["open"], obligations: { cap_rows: 7 }, request: { body: JSON.stringify(ask) } },
      },
    ]);
  });

  it("says which signatures would lift a denial", async () => {
    const { answer } = world();
    expect(
      await answer(bytes({ ...ask, action: { name: "open", properties: { force: true } } })),
    ).toMatchObject({
      decision: false,
      context: { code: "approval_required", policies: ["force"], requires: ["approver#1"] },
    });
  });

  it("is signed by who asked in the leaf that holds the body, and nowhere else; so is its single use", async () => {
    const { recorded, answer } = world();
    await answer(bytes({ ...ask, evaluations: [{}, {}] }));
    const [first, second] = recorded;
    const said = (draft: LeafDraft | undefined) =>
      draft?.inputs?.find(({ path }) => path === "/principal")?.from;
    expect([said(first), said(second)]).toEqual([{ by: "signed", part: "dpop" }, { by: "gate" }]);
    expect([first?.body["use"], second?.body["use"]]).toEqual(["use", undefined]);
    expect(second?.content?.["request"]).toEqual({ name: "person ada: open door 7" });
  });

  it("is the word of the gate where its body was not signed", async () => {
    const { recorded, answer } = world({ bodySigned: false });
    await answer(bytes(ask));
    expect(recorded[0]?.inputs?.map(({ from }) => from.by).filter((by) => by === "signed")).toHaveLength(1);
    expect(recorded[0]?.content?.["request"]).toEqual({ name: "person ada: open door 7" });
  });

  it("leaves nothing on record when what allowed to ask has ended, or too much was asked", async () => {
    const ended = world({ ended: () => "revoked" });
    await expect(ended.answer(bytes(ask))).rejects.toMatchObject({ code: "revoked" });
    const { recorded, answer } = world();
    const many = bytes({ ...ask, evaluations: [{}, {}, {}, {}, {}] });
    await expect(answer(many)).rejects.toMatchObject({ code: "too_many_requests" });
    expect([...ended.recorded, ...recorded]).toEqual([]);
  });
});

describe("a mapped question", () => {
  const value = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.integer(), { maxLength: 3 }),
    fc.dictionary(fc.string({ maxLength: 8 }), fc.string(), { maxKeys: 3 }),
  );
  const members = fc.dictionary(fc.constantFrom("badge", "site", "__entity", "__proto__", "x"), value);
  const entity = fc.record({
    type: fc.oneof(fc.constantFrom("person", "door", "Agent"), fc.string({ minLength: 1, maxLength: 20 })),
    id: fc.string({ minLength: 1, maxLength: 20 }),
    properties: members,
  });
  const question = fc.record({
    subject: entity,
    action: fc.record({ name: fc.string({ minLength: 1 }), properties: fc.constant({}) }),
    resource: entity,
    context: members,
  });

  it("names nothing outside the profile, rebuilds from its inputs in order, and is decided without a throw", () => {
    fc.assert(
      fc.property(question, fc.constantFrom([], ["overlay"]), (asked, overlays) => {
        fc.pre(asked.subject.type !== asked.resource.type || asked.subject.id !== asked.resource.id);
        const read = readEvaluation(bytes(asked));
        const around = { profile: "Doors", caller: "pep", isSigned: false, nowMs: 0 };
        const { request, inputs } = mapEvaluation(read, around, overlays);
        const named = [
          request.principal,
          request.action,
          request.resource,
          ...request.entities.map(({ uid }) => uid),
        ];
        expect(named.every(({ type }) => type.startsWith("Doors::"))).toBe(true);
        const paths = inputs.map(({ path }) => path);
        expect([...paths].sort()).toEqual(paths);
        expect(["allow", "deny"]).toContain(compiled.decide(request).verdict);
      }),
      { numRuns: 200 },
    );
  });
});
