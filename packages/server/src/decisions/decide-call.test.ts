import { compileAuthority, parseAuthority } from "@narrowgate/authority";
import { parseInputsOpening, rebuildRequest } from "@narrowgate/contracts";
import { type JsonObject, type JsonValue, randomId } from "@narrowgate/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  asTheyAre,
  clock,
  decider,
  digest,
  nothingKnown,
  question,
  tokenDetail,
} from "../../test/decisions/call-question.ts";
import { buildRequest } from "./build-request.ts";
import type { CallQuestion } from "./index.ts";
import { createStableInputs } from "./stable-inputs.ts";

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
