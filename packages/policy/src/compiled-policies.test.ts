import { preparsePolicySet, preparseSchema, statefulIsAuthorized } from "@cedar-policy/cedar-wasm/web";
import type { JsonObject } from "@narrowgate/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createNodeEngine } from "./engine.node.ts";
import {
  type CompiledPolicies,
  compilePolicies,
  type DecisionRequest,
  type EntityRecord,
  type EntityRef,
  type PolicyDecision,
} from "./index.ts";

const engine = createNodeEngine();

const schema = `
entity G in [G];
entity User in [G] = { tier: String, n?: Long, rec?: { a?: String, b: Bool } };
entity Doc in [G] = { class: String, ok?: Bool };
action rw;
action view appliesTo { principal: [User], resource: [Doc, User], context: Ctx };
action edit in [rw] appliesTo { principal: [User], resource: [Doc, User], context: Ctx };
action share in [rw] appliesTo { principal: [User], resource: [Doc, User], context: Ctx };
type Ctx = { env: String, n: Long, opt?: { x?: Long, y?: String }, tags: Set<String>, list?: Set<{ k: String }>, flag?: Bool };
`;

const users = ["u1", "u2", "u3"];
const docs = ["d1", "d2"];
const groups = ["g1", "g2", "g3"];

const group = fc.constantFrom(...groups).map((id) => `G::"${id}"`);
const user = fc.constantFrom(...users).map((id) => `User::"${id}"`);
const doc = fc.constantFrom(...docs).map((id) => `Doc::"${id}"`);

const principalScope = fc.oneof(
  fc.constant("principal"),
  user.map((u) => `principal == ${u}`),
  group.map((g) => `principal in ${g}`),
  fc.constant("principal is User"),
  group.map((g) => `principal is User in ${g}`),
  user.map((u) => `principal in ${u}`),
  user.map((u) => `principal is User in ${u}`),
);
const actionScope = fc.constantFrom(
  "action",
  'action == Action::"view"',
  'action in Action::"rw"',
  'action in [Action::"view", Action::"share"]',
  'action in [Action::"rw", Action::"view"]',
);
const resourceScope = fc.oneof(
  fc.constant("resource"),
  doc.map((d) => `resource == ${d}`),
  user.map((u) => `resource == ${u}`),
  group.map((g) => `resource in ${g}`),
  fc.constant("resource is Doc"),
  group.map((g) => `resource is Doc in ${g}`),
  group.map((g) => `resource is User in ${g}`),
  doc.map((d) => `resource in ${d}`),
  user.map((u) => `resource is User in ${u}`),
);

const number = fc.integer({ min: -2, max: 3 }).map(String);
const word = fc.constantFrom("a", "b", "prod", "127.0.0.1");

// Each holds for the validator; some err at run time: overflow, an entity that may not be listed.
const atom = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom(
      "true",
      "false",
      "context has opt && context.opt has x && context.opt.x > 0",
      "context has opt.y",
      'context has opt.y && context.opt.y like "a*"',
      "context has opt",
      "context has flag && context.flag",
      'context has list && context.list.contains({ k: "a" })',
      "context.tags.isEmpty()",
      "principal has rec",
      "principal has rec.a",
      "principal has rec && principal.rec.b",
      "principal has n && principal.n + context.n > 1",
      "resource is Doc && resource has ok && resource.ok",
      "resource is User && resource has n",
      "resource is User && principal.tier == resource.tier",
      "principal == resource",
      "resource is User && principal in resource",
      'action in Action::"rw"',
      "context.n + 9223372036854775807 > 0",
      "context.n * 4611686018427387904 > 0",
      'ip("127.0.0.1").isLoopback()',
      '(if context.n > 0 then principal else User::"u2").tier == "a"',
      '(if context.n > 0 then principal else User::"u2") has rec.b',
      '{ w: principal }.w.tier == "b"',
      "{ w: principal } has w.n",
      "{ c: context }.c.n > 1",
      '[principal].contains(User::"u1")',
      "context == context",
      'Action::"edit" in Action::"rw"',
      '(if context.n > 0 then action else Action::"share") in Action::"rw"',
    ),
  },
  { weight: 1, arbitrary: word.map((w) => `context.env == "${w}"`) },
  { weight: 1, arbitrary: word.map((w) => `context.tags.contains("${w}")`) },
  { weight: 1, arbitrary: word.map((w) => `principal.tier == "${w}"`) },
  { weight: 1, arbitrary: word.map((w) => `resource is Doc && resource.class == "${w}"`) },
  { weight: 1, arbitrary: number.map((n) => `context.n < ${n}`) },
  { weight: 1, arbitrary: fc.tuple(user, word).map(([u, w]) => `${u}.tier == "${w}"`) },
  { weight: 1, arbitrary: fc.tuple(user, group).map(([u, g]) => `${u} in ${g}`) },
  { weight: 1, arbitrary: user.map((u) => `${u} has n`) },
  { weight: 1, arbitrary: group.map((g) => `principal in ${g}`) },
  { weight: 1, arbitrary: fc.tuple(group, group).map(([a, b]) => `resource in [${a}, ${b}]`) },
  { weight: 1, arbitrary: group.map((g) => `resource is Doc in ${g}`) },
  { weight: 1, arbitrary: group.map((g) => `(if context.n > 0 then principal else User::"u1") in ${g}`) },
);
const condition: fc.Arbitrary<string> = fc.oneof(
  atom,
  fc.tuple(atom, atom).map(([a, b]) => `(${a}) && (${b})`),
  fc.tuple(atom, atom).map(([a, b]) => `(${a}) || !(${b})`),
  fc.tuple(atom, atom, atom).map(([a, b, c]) => `if ${a} then ${b} else ${c}`),
);
const clause = fc.oneof(
  { weight: 1, arbitrary: fc.constant("") },
  { weight: 3, arbitrary: condition.map((c) => ` when { ${c} }`) },
  { weight: 1, arbitrary: fc.tuple(condition, condition).map(([a, b]) => ` when { ${a} } unless { ${b} }`) },
);
const policy = fc
  .tuple(fc.constantFrom("permit", "permit", "forbid"), principalScope, actionScope, resourceScope, clause)
  .map(([effect, p, a, r, c]) => `${effect} (${p}, ${a}, ${r})${c};`);

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const defined = (object: Record<string, unknown>): JsonObject => JSON.parse(JSON.stringify(object));
const optionalWord = optional(word);
const optionalNumber = optional(fc.integer({ min: -1, max: 2 }));
const optionalFlag = optional(fc.boolean());

const context = fc
  .record({
    env: word,
    n: fc.integer({ min: -1, max: 3 }),
    opt: optional(fc.record({ x: optionalNumber, y: optionalWord })),
    tags: fc.array(word, { maxLength: 2 }),
    list: optional(fc.array(fc.record({ k: word }), { maxLength: 2 })),
    flag: optionalFlag,
  })
  .map(defined);
const userAttrs = fc
  .record({ tier: word, n: optionalNumber, rec: optional(fc.record({ a: optionalWord, b: fc.boolean() })) })
  .map(defined);
const docAttrs = fc.record({ class: word, ok: optionalFlag }).map(defined);
const g = (id: string): EntityRef => ({ type: "G", id });
const someGroups = fc.subarray(groups, { maxLength: 2 }).map((ids) => ids.map(g));

// Groups form a hierarchy without cycles: each may be in later ones.
const world: fc.Arbitrary<EntityRecord[]> = fc
  .record({
    users: fc.array(fc.tuple(userAttrs, someGroups), { minLength: 3, maxLength: 3 }),
    docs: fc.array(fc.tuple(docAttrs, someGroups), { minLength: 2, maxLength: 2 }),
    above: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
  })
  .map(({ users: u, docs: d, above }) => [
    ...u.map(([attrs, parents], i) => ({ uid: { type: "User", id: `u${i + 1}` }, attrs, parents })),
    ...d.map(([attrs, parents], i) => ({ uid: { type: "Doc", id: `d${i + 1}` }, attrs, parents })),
    { uid: g("g1"), attrs: {}, parents: [...(above[0] ? [g("g2")] : []), ...(above[1] ? [g("g3")] : [])] },
    { uid: g("g2"), attrs: {}, parents: above[2] ? [g("g3")] : [] },
    { uid: g("g3"), attrs: {}, parents: [] },
  ]);

const request: fc.Arbitrary<DecisionRequest> = fc
  .record({
    principal: fc.constantFrom(...users),
    action: fc.constantFrom("view", "edit", "share"),
    resource: fc.constantFrom(
      ...docs.map((id) => ({ type: "Doc", id })),
      ...users.map((id) => ({ type: "User", id })),
    ),
    context,
    entities: world,
    all: fc.boolean(),
  })
  .map(({ principal, action, resource, context: given, entities, all }) => ({
    principal: { type: "User", id: principal },
    action: { type: "Action", id: action },
    resource,
    context: given,
    entities: entities.filter(
      ({ uid }) =>
        all ||
        uid.type === "G" ||
        uid.id === principal ||
        (uid.id === resource.id && uid.type === resource.type),
    ),
  }));

function compile(
  policies: readonly string[],
  order: readonly number[] = policies.map((_, i) => i),
): CompiledPolicies {
  const texts = order.map((i) => `@id("p${i}") ${policies[i]}`);
  const half = Math.ceil(texts.length / 2);
  const files = [
    { name: "a.cedar", text: texts.slice(0, half).join("\n") },
    { name: "b.cedar", text: texts.slice(half).join("\n// between; them\n") },
  ];
  const outcome = compilePolicies(engine, { files, schema });
  if (outcome.kind === "rejected") throw new Error(JSON.stringify(outcome.problems));
  return outcome.policies;
}

function essence({ verdict, policies, errors }: PolicyDecision): unknown {
  return { verdict, policies, errors };
}

/** Cedar itself, given everything, with its own check of the request; then our rule for errors. */
function askCedar(given: DecisionRequest): unknown {
  const answer = statefulIsAuthorized({
    principal: given.principal,
    action: given.action,
    resource: given.resource,
    context: JSON.parse(JSON.stringify(given.context)),
    entities: JSON.parse(JSON.stringify(given.entities)),
    preparsedSchemaName: "oracle",
    validateRequest: true,
    preparsedPolicySetId: "oracle",
  });
  if (answer.type === "failure") throw new Error(JSON.stringify(answer.errors));
  const { decision, diagnostics } = answer.response;
  const failed = diagnostics.errors.map(({ policyId }) => policyId).sort();
  const reason = [...diagnostics.reason].sort();
  if (decision === "deny" && reason.length > 0) return { verdict: "deny", policies: reason, failed };
  if (failed.length > 0) return { verdict: "deny", policies: failed, failed };
  return { verdict: decision, policies: reason, failed };
}

preparseSchema("oracle", schema);

describe("a sliced, projected and remembered decision", () => {
  it("equals the one on all policies and the whole request, and Cedar's own", () => {
    fc.assert(
      fc.property(
        fc.array(policy, { minLength: 1, maxLength: 8 }),
        fc.array(request, { minLength: 1, maxLength: 6 }),
        (texts, requests) => {
          const compiled = compile(texts);
          preparsePolicySet("oracle", {
            staticPolicies: Object.fromEntries(texts.map((text, i) => [`p${i}`, text])),
          });
          for (const given of [...requests, ...requests]) {
            const decision = compiled.decide(given);
            expect(essence(decision)).toEqual(essence(compiled.decideUnsliced(given)));
            const { verdict, policies, errors } = decision;
            expect({ verdict, policies, failed: errors.map((error) => error.policy) }).toEqual(
              askCedar(given),
            );
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it("is the same for requests with the same projection, and from a set that remembers nothing", () => {
    fc.assert(
      fc.property(
        fc.array(policy, { minLength: 1, maxLength: 6 }),
        fc.array(request, { minLength: 2, maxLength: 8 }),
        (texts, requests) => {
          const compiled = compile(texts);
          const byProjection = new Map<string, PolicyDecision>();
          for (const given of requests) {
            const key = compiled.project(given);
            const fresh = compile(texts).decide(given);
            expect(compiled.decide(given)).toEqual(fresh);
            expect(byProjection.get(key) ?? fresh).toEqual(fresh);
            byProjection.set(key, fresh);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("does not depend on the order of policies and files", () => {
    const shuffled = fc.array(policy, { minLength: 2, maxLength: 8 }).chain((texts) =>
      fc.tuple(
        fc.constant(texts),
        fc.shuffledSubarray(
          texts.map((_, i) => i),
          { minLength: texts.length },
        ),
      ),
    );
    fc.assert(
      fc.property(shuffled, request, ([texts, order], given) => {
        const [one, other] = [compile(texts), compile(texts, order)];
        expect(other.digest).toBe(one.digest);
        expect(other.ids()).toEqual(one.ids());
        expect(other.decide(given)).toEqual(one.decide(given));
        expect(other.sliceFor(given)).toEqual(one.sliceFor(given));
      }),
      { numRuns: 40 },
    );
  });
});
