import { utf8 } from "@narrowgate/kernel";
import { beforeEach, describe, expect, it } from "vitest";
import { POLICY, PROCEDURE, URL_OF_FILES, verdictOf } from "../../../test/gateway/step-records.ts";
import { issue, openExchange } from "../../../test/gateway/step-stages.ts";
import { agentOf, type StepWorld, stepWorld } from "../../../test/gateway/step-world.ts";
import { digestOf } from "../digest.ts";
import type { Known } from "../stages.ts";
import { decisionDraft } from "./decision-draft.ts";

let world: StepWorld;
beforeEach(async () => {
  world = await stepWorld();
});

function draft(
  verdict: Parameters<typeof verdictOf>[0],
  { known = {}, change, bare }: { known?: Partial<Known>; change?: object; bare?: boolean } = {},
) {
  const { token, proof, claims } = issue(world);
  const { exchange } = openExchange(world);
  Object.assign(exchange.known, known);
  const more = bare === true ? {} : { agentRef: agentOf(world).ref, use: digestOf("use"), dpop: proof };
  const found = { action: "call", verdict: verdictOf(verdict) } as const;
  const leaf = decisionDraft(
    world.room.deps,
    exchange,
    { claims, token, ...more },
    { ...found, ...(change === undefined ? {} : { change: { changes: [] } }) },
  );
  world.log.record([leaf]);
  return { leaf, claims, token, proof };
}

describe("the leaf of a decision", () => {
  it("has ids and digests in public, and the rest sealed", () => {
    world.epochs.set("agent:x", 3);
    const { leaf, claims, token, proof } = draft(
      {},
      { known: { asked: { method: "tools/call", name: "read" } } },
    );
    expect(leaf).toStrictEqual({
      ...{ type: "decision", txn: claims.txn, agent: agentOf(world).ref },
      body: {
        ...{ action: "call", feed: 3, instance: claims.ng.instance, mandate: claims.ng.mandate },
        ...{ policy: POLICY, procedure: PROCEDURE, token: digestOf(claims.jti) },
        ...{ verdict: "permit", use: digestOf("use") },
      },
      proof: { htm: "POST", htu: URL_OF_FILES, token, dpop: proof },
      inputs: verdictOf().inputs,
      content: {
        ...{ policies: ["allow"], reason: "a reason" },
        request: { method: "tools/call", name: "read" },
      },
    });
  });

  it("has no more than is known", () => {
    const { leaf, token } = draft({ verdict: "refuse", code: "replayed", inputs: [] }, { bare: true });
    expect(leaf).not.toHaveProperty("agent");
    expect(leaf).not.toHaveProperty("inputs");
    expect(leaf.body).not.toHaveProperty("use");
    expect(leaf.body).toMatchObject({ verdict: "refuse", code: "replayed" });
    expect(leaf.proof).toEqual({ htm: "POST", htu: URL_OF_FILES, token });
    expect(leaf.content).toEqual({ policies: ["allow"], reason: "a reason", request: { method: "" } });
  });

  it("names the method where nothing was resolved", () => {
    expect(draft({}, { known: { method: "ping" } }).leaf.content).toMatchObject({
      request: { method: "ping" },
    });
  });

  it("holds the body that the caller signed, and no empty one", () => {
    const body = '{"é":1}';
    expect(draft({}, { known: { signedBody: utf8(body) } }).leaf.content).toMatchObject({
      request: { body },
    });
    expect(draft({}, { known: { signedBody: utf8("") } }).leaf.content).not.toHaveProperty("request.body");
    expect(draft({}).leaf.content).not.toHaveProperty("request.body");
  });

  it("holds what changed, what is missing and what was demanded, where there is any", () => {
    const { content } = draft(
      { requires: ["owner#1"], obligations: { capture: "digest", cap_rows: 1 } },
      { change: {} },
    ).leaf;
    expect(content).toMatchObject({
      request: { method: "", change: { changes: [] } },
      requires: ["owner#1"],
      obligations: { capture: "digest", cap_rows: 1 },
    });
    expect(Object.keys(draft({}).leaf.content ?? {})).toEqual(["policies", "reason", "request"]);
  });
});
