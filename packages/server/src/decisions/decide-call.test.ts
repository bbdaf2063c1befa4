import { compileAuthority, parseAuthority } from "@narrowgate/authority";
import {
  type AccessTokenClaims,
  BOTTOM_LABEL,
  type Label,
  type MandateIntent,
  parseInputsOpening,
  rebuildRequest,
} from "@narrowgate/contracts";
import { type JsonObject, type JsonValue, manualClock, randomId } from "@narrowgate/kernel";
import { compilePolicies, schemaFromRegistry } from "@narrowgate/policy";
import { createNodeEngine } from "@narrowgate/policy/node";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildRequest, type Known } from "./build-request.ts";
import { type CallQuestion, createCallDecider } from "./index.ts";
import { createStableInputs, type Salter } from "./stable-inputs.ts";

const asTheyAre: Salter = (list) => list;
const clock = manualClock(1_795_000_000_000);
const digest = randomId(32);
const { schema } = schemaFromRegistry({ tools: [] });
const text = `@id("allow") permit(principal, action, resource);
  @id("no-writes") forbid(principal is Agent, action, resource is Tool) when { resource.effect == "write" };`;
const outcome = compilePolicies(createNodeEngine(), { files: [{ name: "t.cedar", text }], schema });
const compiled = outcome.kind === "compiled" ? outcome.policies : undefined;

const bottom = { label: BOTTOM_LABEL, entry: randomId() };
const nothingKnown: Known = {
  labels: { transaction: bottom, instance: bottom, declared: bottom },
  spent: { amount: 0, calls: 0, rows: 0 },
  approvals: [],
};

function decider(known: Known = nothingKnown) {
  if (compiled === undefined) throw new TypeError("the policies of this test do not compile");
  return createCallDecider(
    {
      clock,
      env: "dev",
      policies: () => ({ compiled, procedure: digest }),
      flow: { labels: () => known.labels, spent: () => known.spent },
      approvals: { held: () => known.approvals },
    },
    asTheyAre,
  );
}

const tokenDetail = { type: "mcp_tool", server: "files", tools: ["read"], data_class: "internal" };

interface Over {
  readonly details?: readonly JsonObject[];
  readonly scope?: string;
  readonly act?: AccessTokenClaims["act"];
  readonly question?: Partial<CallQuestion>;
  readonly effect?: "read" | "write";
}

function question({
  details = [tokenDetail],
  scope = "files:use",
  act,
  question: over,
  effect = "read",
}: Over = {}): CallQuestion {
  const entry = randomId();
  return {
    claims: {
      iss: "https://gate.test",
      aud: "https://gate.test/mcp/files",
      sub: "ada",
      sub_profile: "user",
      client_id: "triage",
      scope,
      exp: 1_795_000_300,
      iat: 1_795_000_000,
      jti: randomId(),
      txn: `${randomId()}.${randomId()}`,
      cnf: { jkt: digest },
      ...(act === undefined ? {} : { act }),
      authorization_details: details,
      ng: {
        v: 1,
        mandate: entry,
        instance: entry,
        basis: "signed_by_subject",
        assurance: "enrolled",
        env: "dev",
        epochs: [],
        reach: ["https://gate.test/mcp/files"],
      },
    },
    agent: {
      id: "triage",
      ref: entry,
      entry,
      version: 1,
      state: "active",
      owner: "o",
      deputy: "d",
      purpose: "p",
      tier: "T2",
      expires: 2e9,
      delegates: [],
      ceiling: {},
      bindings: [],
    },
    mandate: {
      id: entry,
      txn: "t",
      entry,
      document: {
        v: 1,
        salt: entry,
        agent: "triage",
        subject: "s",
        purpose: "resolve",
        authority: { authorization_details: [], resource: [], scope: [] },
        expires: 2e9,
        idleSeconds: 60,
      },
      digest,
      subjectRef: entry,
      basis: "signed_by_subject",
      state: "open",
      openedAtMs: 1_794_999_990_500,
    },
    server: {
      id: "files",
      ref: entry,
      entry,
      version: 1,
      state: "active",
      upstream: { transport: "http", url: "http://x", auth: "none" },
      tools: [],
      prompts: [],
      resources: [],
      allowUpstreamRequests: [],
    },
    kind: "tool",
    name: "read",
    record: { name: "read", dataClass: "internal", effect, egress: false, scope: "files:use" },
    arguments: {},
    pin: { current: digest, approved: digest },
    bodySigned: true,
    ...over,
  };
}

describe("the order of refusal", () => {
  const both = [false, true] as const;
  const cases = both.flatMap((outside) =>
    both.flatMap((changed) =>
      both.flatMap((denied) => both.map((lacks) => ({ outside, changed, denied, lacks }))),
    ),
  );
  it.each(cases)(
    "outside $outside, changed $changed, denied $denied, lacks scope $lacks",
    ({ outside, changed, denied, lacks }) => {
      const verdict = decider().decide(
        question({
          details: outside ? [] : [tokenDetail],
          scope: lacks ? "other" : "files:use",
          effect: denied ? "write" : "read",
          question: { pin: { current: changed ? "other" : digest, approved: digest } },
        }),
      );
      const late = denied ? "policy_denied" : lacks ? "insufficient_scope" : undefined;
      const code = outside ? "authority_exceeded" : changed ? "tool_changed" : late;
      expect(verdict.code).toBe(code);
      expect(verdict.verdict).toBe(code === undefined ? "permit" : "refuse");
      if (code === "policy_denied") expect(verdict.policies).toEqual(["no-writes"]);
      if (code === undefined) expect(verdict.policies).toEqual(["allow"]);
    },
  );
});

describe("rules that no policy can lift", () => {
  const carried = (label: Label, store?: Label): Known => ({
    ...nothingKnown,
    labels: {
      ...nothingKnown.labels,
      transaction: { ...bottom, label },
      ...(store === undefined ? {} : { store: { ...bottom, label: store } }),
    },
  });
  const writing: Partial<CallQuestion> = {
    record: {
      name: "read",
      dataClass: "internal",
      effect: "irreversible",
      egress: false,
      scope: "files:use",
    },
  };
  const intending = (intent: MandateIntent): Partial<CallQuestion> => {
    const { mandate } = question();
    return { mandate: { ...mandate, document: { ...mandate.document, intent } } };
  };

  it("refuse what the mandate does not name, when it names any of its kind", () => {
    const code = (intent: MandateIntent, more: Partial<CallQuestion> = {}) =>
      decider().decide(question({ question: { ...intending(intent), ...more } })).code;
    expect(code({ tools: ["files/other"] })).toBe("outside_intent");
    expect(code({ tools: ["files/read"] })).toBeUndefined();
    expect(code({ case: "CASE-7" })).toBeUndefined();
    expect(code({ resources: ["file:///tickets/"] })).toBeUndefined();
  });

  it("refuse to write above the class of a store, and let read", () => {
    const known = carried(
      { class: "restricted", untrusted: false },
      { class: "confidential", untrusted: false },
    );
    expect(decider(known).decide(question({ question: writing })).code).toBe("label_exceeded");
    expect(decider(known).decide(question()).code).toBeUndefined();
    const equal = carried(
      { class: "confidential", untrusted: true },
      { class: "confidential", untrusted: false },
    );
    expect(decider(equal).decide(question({ question: writing })).code).toBeUndefined();
  });

  it("let T1 read and nothing else, and ask a person about what T3 cannot take back", () => {
    const by = (
      tier: "T1" | "T2" | "T3",
      effect: "read" | "write" | "irreversible",
      known = nothingKnown,
    ) => {
      const { agent, record } = question();
      return decider(known).decide(
        question({ question: { agent: { ...agent, tier }, record: { ...record, effect } } }),
      );
    };
    expect([by("T1", "read").code, by("T1", "irreversible").code]).toEqual([undefined, "tier_exceeded"]);
    expect(by("T2", "irreversible").code).toBeUndefined();
    expect(by("T3", "irreversible")).toMatchObject({ code: "approval_required", requires: ["approver#1"] });
    const approved = { ...nothingKnown, approvals: [{ entry: digest, requirement: "approver#1" }] };
    expect(by("T3", "irreversible", approved).code).toBeUndefined();
  });

  it("refuse an amount that the arguments do not say", () => {
    const record = { ...question().record, amount: "/cents" };
    const asked = (cents: JsonValue) => question({ question: { record, arguments: { cents } } });
    for (const cents of ["100", -1, 1.5, null])
      expect(decider().decide(asked(cents)).code).toBe("policy_context_invalid");
    expect(decider().decide(asked(100))).toMatchObject({ verdict: "permit", amount: 100 });
  });

  it("show policies what was read before, whoever of the two carries it", () => {
    const { labels } = carried({ class: "confidential", untrusted: false });
    const instance = { ...bottom, label: { class: "internal", untrusted: true } as const };
    const known = { ...nothingKnown, labels: { ...labels, instance } };
    const { request } = buildRequest(question(), known, createStableInputs("dev", asTheyAre), 0);
    expect(request.context["labels"]).toEqual({ data_class: "confidential", rank: 2, untrusted: true });
  });

  it("hold for as long as what was known does", () => {
    let spent = nothingKnown.spent;
    if (compiled === undefined) throw new TypeError("the policies of this test do not compile");
    const deciding = createCallDecider(
      {
        clock,
        env: "dev",
        policies: () => ({ compiled, procedure: digest }),
        flow: { labels: () => nothingKnown.labels, spent: () => spent },
        approvals: { held: () => [] },
      },
      asTheyAre,
    );
    const { holds } = deciding.decide(question());
    expect(holds()).toBe(true);
    spent = { ...spent, calls: 1 };
    expect(holds()).toBe(false);
  });
});

describe("the inputs of a decision", () => {
  it("are the same objects for calls that share them, and others as soon as anything they follow from changes", () => {
    const asked = question();
    const stable = createStableInputs("dev", (list) => list.map((one) => ({ ...one })));
    const inputsOf = (over: Partial<CallQuestion>) =>
      new Map(
        buildRequest({ ...asked, ...over }, nothingKnown, stable, 0).inputs.map((one) => [one.path, one]),
      );
    const changed = (over: Partial<CallQuestion>): string[] => {
      const [before, after] = [inputsOf({}), inputsOf(over)];
      return [...after].filter(([path, one]) => before.get(path) !== one).map(([path]) => path);
    };
    const always = ["/context/args", "/context/mandate", "/context/spent", "/context/time"];
    const ofOperation = ["/call", ...always, "/entities", "/pin/approved", "/pin/current", "/resource"];
    expect(changed({})).toEqual(always);
    expect(changed({ server: { ...asked.server, entry: randomId() } })).toEqual(ofOperation);
    expect(changed({ record: { ...asked.record, egress: true } })).toEqual(ofOperation);
    expect(changed({ agent: { ...asked.agent, purpose: "another" } })).toEqual(ofOperation);
    expect(changed({ pin: { ...asked.pin, current: "other" } })).toEqual(ofOperation);
    expect(changed({ name: "other" })).toEqual(ofOperation);
    const otherToken = changed({ claims: { ...asked.claims } });
    expect(otherToken).toEqual(expect.arrayContaining(["/authority", "/context/subject", "/principal"]));
  });

  const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>;
  const args = fc.dictionary(
    fc.oneof(fc.string(), fc.constantFrom("", "a/b", "~", "constructor", "toString")),
    json,
    { noNullPrototype: true },
  );
  const wellFormed = (value: JsonValue): boolean =>
    JSON.stringify(value).isWellFormed() && !/\\u[dD][89a-fA-F]/.test(JSON.stringify(value));

  it("give back the request that was decided, whatever the arguments, and the same verdict by another way", () => {
    fc.assert(
      fc.property(args.filter(wellFormed), fc.boolean(), (given, bodySigned) => {
        const constraint = { ...tokenDetail, constraints: { "/a": { prefix: "x" } } };
        const asked = question({ details: [constraint], question: { arguments: given, bodySigned } });
        const { request, inputs } = buildRequest(
          asked,
          nothingKnown,
          createStableInputs("dev", asTheyAre),
          clock.nowMs(),
        );
        expect(parseInputsOpening(inputs.map((one) => ({ ...one, salt: randomId() })))).toHaveLength(
          inputs.length,
        );
        const rebuilt = rebuildRequest(inputs);
        const { principal, action, resource, context } = request;
        expect(rebuilt).toMatchObject({
          principal: { ...principal },
          action: { ...action },
          resource: { ...resource },
        });
        expect(rebuilt["context"]).toEqual(context);
        const authority = compileAuthority(parseAuthority(rebuilt["authority"]));
        const { verdict, code } = decider().decide(asked);
        const call = {
          kind: "tool",
          server: "files",
          name: "read",
          dataClass: "internal",
          arguments: given,
        } as const;
        const covered = authority.covers(call).kind === "covered";
        expect([verdict, code]).toEqual(covered ? ["permit", undefined] : ["refuse", "authority_exceeded"]);
      }),
      { numRuns: 60 },
    );
  });

  it("name the whole chain, the outermost actor as its root, and how deep it is", () => {
    const act = { iss: "https://gate.test", sub: "refunds", act: { iss: "https://gate.test", sub: "desk" } };
    const { request } = buildRequest(
      question({ act }),
      nothingKnown,
      createStableInputs("dev", asTheyAre),
      clock.nowMs(),
    );
    expect(request.context).toMatchObject({
      actor_root: "refunds",
      actors: ["desk", "refunds"],
      depth: 2,
      mandate: { age_s: 9, purpose: "resolve" },
    });
    const alone = buildRequest(question(), nothingKnown, createStableInputs("dev", asTheyAre), clock.nowMs());
    expect(alone.request.context).toMatchObject({ actor_root: "triage", actors: ["triage"], depth: 1 });
  });

  it("say who vouches for the arguments", () => {
    const from = (bodySigned: boolean) =>
      buildRequest(
        question({ question: { bodySigned } }),
        nothingKnown,
        createStableInputs("dev", asTheyAre),
        0,
      ).inputs.find(({ path }) => path === "/context/args")?.from;
    expect([from(true), from(false)]).toEqual([{ by: "signed", part: "dpop" }, { by: "gate" }]);
  });
});

describe("what a list may show", () => {
  const show = (
    details: readonly JsonObject[],
    over: Partial<Parameters<ReturnType<typeof decider>["mayShow"]>[0]> = {},
  ) => decider().mayShow({ ...question({ details }), ...over });
  const resources = [{ type: "mcp_resource", server: "files", uris: { prefix: "file:///tickets/" } }];
  const exact = [{ type: "mcp_resource", server: "files", uris: { one_of: ["file:///tickets/7"] } }];

  it("follows name, server, kind and data class", () => {
    expect(show([tokenDetail])).toBe(true);
    expect(show([tokenDetail], { name: "write" })).toBe(false);
    expect(show([{ ...tokenDetail, server: "other" }])).toBe(false);
    expect(show([tokenDetail], { kind: "prompt" })).toBe(false);
    expect(show([{ ...tokenDetail, data_class: "public" }])).toBe(false);
    expect(show([])).toBe(false);
  });

  it("follows prefixes of resources, also for the beginning of a template", () => {
    const at = (details: readonly JsonObject[], name: string, isPrefix = false) =>
      show(details, { kind: "resource", name, isPrefix });
    expect([at(resources, "file:///tickets/7"), at(resources, "file:///other")]).toEqual([true, false]);
    expect([
      at(resources, "file:///", true),
      at(resources, "file:///tickets/a", true),
      at(resources, "http://", true),
    ]).toEqual([true, true, false]);
    expect([
      at(exact, "file:///tickets/7"),
      at(exact, "file:///tickets/", true),
      at(exact, "file:///tickets/"),
    ]).toEqual([true, true, false]);
  });
});
