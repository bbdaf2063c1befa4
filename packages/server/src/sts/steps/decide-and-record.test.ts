import { NarrowgateError } from "@narrowgate/kernel";
import { beforeEach, describe, expect, it } from "vitest";
import {
  type Caller,
  enrolled,
  FILES,
  given,
  ISSUER,
  issued,
  parsed,
  type StepWorld,
  stepWorld,
} from "../../../test/sts/step-world.ts";
import { sha256Base64url } from "../../platform/crypto-hash/sha256.ts";
import { isRefusal } from "../outcome.ts";
import type { Prepared, Sourced } from "../stages.ts";
import { decideAndRecord, proofPart } from "./decide-and-record.ts";
import { loadMandate } from "./load-mandate.ts";
import { loadSubjectToken } from "./load-subject-token.ts";
import { narrow } from "./narrow.ts";
import { TOKEN_TYPES } from "./parse-request.ts";
import { prepareToken, tokenName } from "./prepare-token.ts";
import { signToken } from "./sign-token.ts";

let world: StepWorld;
let agent: Caller;
beforeEach(() => {
  world = stepWorld();
  agent = enrolled(world, "a");
});

async function prepared(stage: Sourced): Promise<Prepared> {
  const narrowed = narrow({ ...stage, target: FILES }, world.ports);
  if (isRefusal(narrowed)) throw new TypeError(narrowed.code);
  const result = prepareToken(narrowed, world.ports);
  if (isRefusal(result)) throw new TypeError(result.code);
  return result;
}

/** A root token under a mandate that is there, or that is opened with it. */
async function root(mandate: string | undefined = given(world, "a").id): Promise<Prepared> {
  const named: Record<string, string> = mandate === "" ? {} : { mandate };
  const stage = loadMandate({ ...parsed(named), ...agent }, world.ports);
  if (isRefusal(stage)) throw new TypeError(stage.code);
  return prepared(stage);
}

async function continued(): Promise<Prepared> {
  const claims = issued(world, given(world, "a"), agent);
  const params = { subject_token: claims.jti, subject_token_type: TOKEN_TYPES.accessToken };
  const stage = await loadSubjectToken({ ...parsed(params), ...agent }, world.ports);
  if (isRefusal(stage)) throw new TypeError(stage.code);
  return prepared(stage);
}

const decide = (stage: Prepared) => decideAndRecord(stage, world.ports);
const recorded = (): string[] => world.evidence.leaves.map(({ draft }) => draft.type);

describe("policy", () => {
  it("is told who asks for what under which mandate, and whether the body is signed", async () => {
    const stage = await root();
    await decide({ ...stage, proof: { ...stage.proof, bodySha256: "digest" } });
    const { client, instance } = agent;
    const { mandate } = stage.source;
    expect(world.facts).toEqual([
      {
        action: "mint_token",
        client,
        instance,
        mandate,
        actors: ["a"],
        target: FILES,
        scopes: stage.granted.scope,
        nowMs: world.clock.nowMs(),
        bodySigned: true,
      },
    ]);
  });

  it("is told each actor once, and the agent itself where there is no chain", async () => {
    const stage = await continued();
    const [actor] = stage.source.chain ?? [];
    if (actor === undefined) throw new TypeError("no actor");
    const chain = [{ iss: ISSUER, sub: "b" }, actor, { ...actor, iss: "https://other.example" }] as const;
    await decide({ ...stage, source: { ...stage.source, chain } });
    await decide({ ...stage, source: { ...stage.source, chain: undefined } });
    expect(world.facts.map(({ actors }) => actors)).toEqual([["b", "a"], ["a"]]);
    expect(world.facts[0]).toMatchObject({ action: "exchange_token", bodySigned: false });
  });
});

describe("a permit", () => {
  it("is on record with its token, as one group, before the token can be signed", async () => {
    const stage = await root();
    const result = await decide(stage);
    expect(recorded()).toEqual(["decision", "token"]);
    const [decision, token] = world.evidence.leaves;
    const { mandate } = stage.source;
    expect(decision?.draft).toMatchObject({
      txn: mandate.txn,
      agent: agent.client.ref,
      body: {
        action: "mint",
        verdict: "permit",
        feed: 0,
        use: agent.proof.use,
        mandate: mandate.id,
        instance: agent.instance.ref,
      },
      content: { request: { target: FILES }, policies: [], reason: "a reason" },
    });
    expect(decision?.draft.body).not.toHaveProperty("token");
    expect(decision?.draft.body).not.toHaveProperty("code");
    expect(token?.draft).toMatchObject({
      txn: mandate.txn,
      agent: agent.client.ref,
      body: {
        decision: decision?.id,
        token: tokenName(stage.claims.jti),
        digest: sha256Base64url(stage.signingInput),
        mode: "root",
        jkt: agent.proof.jkt,
        expires_s: stage.claims.exp,
      },
      proof: { signing_input: stage.signingInput },
    });
    expect(token?.draft.body).not.toHaveProperty("parent");
    if (isRefusal(result)) throw new TypeError(result.code);
    const { accessToken, claims } = await signToken(result);
    expect(accessToken).toBe(`${stage.signingInput}.${Buffer.from("signature").toString("base64url")}`);
    expect(claims).toBe(stage.claims);
  });

  it("of an exchange names the parent, by the name a token has in evidence", async () => {
    const stage = await continued();
    await decide(stage);
    const name = tokenName(stage.source.parent?.claims.jti ?? "");
    const [decision, token] = world.evidence.leaves;
    expect(decision?.draft.body).toMatchObject({ action: "exchange", token: name });
    expect(token?.draft.body).toMatchObject({ parent: name, mode: "continuation" });
  });

  it("stands behind the mandate that is opened with it, which is admitted once all of it is queued", async () => {
    const stage = await root("");
    await decide(stage);
    expect(recorded()).toEqual(["mandate", "decision", "token"]);
    expect(world.asked.at(-1)).toEqual({ port: "admit", input: { leaves: 3 } });
    const { mandate } = stage.source;
    expect(world.evidence.leaves[1]?.draft).toMatchObject({
      txn: mandate.txn,
      body: { mandate: mandate.id },
    });
    expect(await world.evidence.get("mandates", stage.source.mandate.id)).toEqual({});
  });

  it("brings what is used up with it", async () => {
    const stage = await root();
    const changes = [{ room: "hand-off", key: "name", value: 7 }];
    await decide({ ...stage, source: { ...stage.source, changes } });
    expect(await world.evidence.get("hand-off", "name")).toBe(7);
  });

  it.each([
    ["an epoch was raised", "revoked", () => world.epochs.set("all:all", 1)],
    [
      "the agent is not active",
      "agent_inactive",
      () => world.agents.set("a", { ...agent.client, state: "suspended" }),
    ],
    ["the agent is gone", "agent_inactive", () => world.agents.delete("a")],
    ["the instance is gone", "revoked", () => world.instances.clear()],
    [
      "the key has another instance",
      "revoked",
      () => world.instances.set(`a ${agent.proof.jkt}`, { ...agent.instance, ref: "another" }),
    ],
  ] as const)("is not given when meanwhile %s", async (_name, code, happen) => {
    const stage = await root();
    happen();
    expect(await decide(stage)).toMatchObject({ code });
    expect(recorded()).toEqual([]);
  });

  it("is not given when it cannot be recorded", async () => {
    const stage = await root("");
    world.evidence.refuseNext = true;
    expect(await decide(stage)).toMatchObject({ code: "evidence_unavailable", detail: "overloaded" });
    expect(world.asked.map(({ port }) => port)).not.toContain("admit");
  });

  it("is not given when it is queued and does not become durable", async () => {
    const stage = await root();
    const failed = new NarrowgateError("evidence_unavailable", "evidence cannot be written");
    const evidence = {
      record: (...group: Parameters<typeof world.evidence.record>) => ({
        ...world.evidence.record(...group),
        durable: Promise.reject(failed),
      }),
    };
    expect(await decideAndRecord(stage, { ...world.ports, evidence })).toMatchObject({
      code: "evidence_unavailable",
    });
  });

  it.each([
    [
      "another release is in force by then",
      { kind: "released", deployment: "new", pair: ["release:new", 0] },
      "release_required",
    ],
    [
      "what was signed drifted meanwhile",
      { kind: "refused", code: "release_drifted", why: "its ceiling" },
      "release_drifted",
    ],
  ] as const)("is not given when %s", async (_, later, code) => {
    const stage = await root();
    const claims = { ...stage.claims, ng: { ...stage.claims.ng, release: "old" } };
    const ports = { ...world.ports, releases: { inForce: () => later, isGlassOf: () => false } };
    expect(await decideAndRecord({ ...stage, claims }, ports)).toMatchObject({ code });
    expect(recorded()).toEqual([]);
  });

  it.each([
    [1000, "refused"],
    [1001, "given"],
  ])("is, %i ms before a break-glass ends, %s", async (left, word) => {
    const stage = await root();
    const untilMs = world.clock.nowMs() + left;
    const inForce = () =>
      ({ kind: "released", deployment: "glass", pair: ["release:glass", 0], untilMs }) as const;
    const claims = { ...stage.claims, ng: { ...stage.claims.ng, release: "glass" } };
    const ports = { ...world.ports, releases: { inForce, isGlassOf: () => true } };
    const given = await decideAndRecord({ ...stage, claims }, ports);
    expect(given).toMatchObject(word === "given" ? { claims } : { code: "release_required" });
    expect(recorded()).toEqual(word === "given" ? ["decision", "token"] : []);
  });

  it("leaves faults of ours to the edge", async () => {
    const stage = await root();
    const evidence = {
      record: (): never => {
        throw new TypeError("a fault");
      },
    };
    await expect(decideAndRecord(stage, { ...world.ports, evidence })).rejects.toThrow("a fault");
  });
});

describe("a refusal by policy", () => {
  it("is on record alone, with its code and reason, and is what the caller gets", async () => {
    world.decision = { verdict: "refuse", code: "posture_refused", policies: ["p1"], reason: "too weak" };
    const stage = await root();
    expect(await decide(stage)).toMatchObject({ code: "posture_refused", description: "too weak" });
    expect(recorded()).toEqual(["decision"]);
    const { mandate } = stage.source;
    expect(world.evidence.leaves[0]?.draft).toMatchObject({
      txn: mandate.txn,
      body: { verdict: "refuse", code: "posture_refused", mandate: mandate.id },
      content: { policies: ["p1"], reason: "too weak" },
    });
  });

  it("leaves no transaction and no mandate behind when the mandate would have been opened with it", async () => {
    world.decision = { verdict: "refuse", code: "policy_denied" };
    expect(await decide(await root(""))).toMatchObject({ code: "policy_denied" });
    const [leaf] = world.evidence.leaves;
    expect(leaf?.draft).not.toHaveProperty("txn");
    expect(leaf?.draft.body).not.toHaveProperty("mandate");
    expect(world.mandates.size).toBe(0);
  });
});

describe("the proof part", () => {
  it("keeps every credential that was sent, and the assertion under one name", async () => {
    const stage = await root();
    const sent = { client_assertion: "c", subject_token: "s", actor_token: "t" };
    const partOf = (params: Record<string, string>) =>
      proofPart({ ...stage, request: parsed(params).request }, `${ISSUER}/token`);
    const request = { dpop: "proof", htm: "POST", htu: `${ISSUER}/token` };
    expect(partOf({ ...sent, scope: "x" })).toEqual({ ...request, ...sent });
    expect(partOf({ assertion: "p" })).toEqual({ ...request, client_assertion: "p" });
    expect(partOf({})).toEqual(request);
  });
});
