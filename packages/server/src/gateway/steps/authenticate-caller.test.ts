import { utf8 } from "@narrowgate/kernel";
import { beforeEach, describe, expect, it } from "vitest";
import { type agentRecord, NOW_S, URL_OF_FILES } from "../../../test/gateway/step-records.ts";
import { claimsOf, issue, openExchange } from "../../../test/gateway/step-stages.ts";
import { agentOf, type StepWorld, stepWorld } from "../../../test/gateway/step-world.ts";
import { intentClaim } from "../../platform/crypto-hash/intent-claim.ts";
import { digestOf } from "../digest.ts";
import { authenticateCaller, checkLife, presenterOf } from "./authenticate-caller.ts";

let world: StepWorld;
beforeEach(async () => {
  world = await stepWorld();
});

const body = utf8('{"a":1}');
const none = new Uint8Array();

async function present(headers: Record<string, string>, bytes: Uint8Array = body) {
  const { exchange } = openExchange(world, { headers });
  return { exchange, outcome: await authenticateCaller(world.room.deps, exchange, bytes) };
}
const use = (over: Parameters<typeof issue>[1] = {}, bytes = body) => {
  const { token, proof } = issue(world, over);
  return present({ authorization: `DPoP ${token}`, dpop: proof }, bytes);
};
const ng = (over: object) => ({ ng: { ...claimsOf(world).ng, ...over } });

describe("a caller", () => {
  it("is known with all that holds of it", async () => {
    const { token, proof, claims } = issue(world);
    const { exchange, outcome } = await present({ authorization: `DPoP ${token}`, dpop: proof });
    const agent = agentOf(world);
    expect(outcome).toEqual({
      ...{ claims, token, dpop: proof, use: digestOf(proof), bodySigned: false },
      ...{ agent, mandate: world.mandate },
    });
    expect(exchange.known.caller).toEqual({
      ...{ claims, token, dpop: proof, use: digestOf(proof), agentRef: agent.ref },
    });
    expect(exchange.known).not.toHaveProperty("signedBody");
    expect(world.asked).toContainEqual({
      port: "proof",
      input: { proof, method: "POST", url: URL_OF_FILES, accessToken: token },
    });
    expect(world.asked).toContainEqual({
      port: "checkOpen",
      input: { id: world.mandate.id, nowMs: NOW_S * 1000 },
    });
  });

  it("is the outermost actor, or the client where nobody acts for it", () => {
    expect(presenterOf(claimsOf(world, { client_id: "other" }))).toBe("triage");
    const { act: _act, ...claims } = claimsOf(world, { client_id: "other" });
    expect(presenterOf(claims)).toBe("other");
  });
});

describe("the token", () => {
  it.each(["DPoP", "dpop", "DPOP"])("may come as %s", async (scheme) => {
    const { token, proof } = issue(world);
    const { outcome } = await present({ authorization: `${scheme}   ${token}`, dpop: proof });
    expect(outcome).toHaveProperty("token", token);
  });

  it("has to be there", async () => {
    const { outcome } = await present({});
    expect(outcome).toEqual({
      kind: "refusal",
      code: "invalid_token",
      sentence: expect.stringContaining("Send an access token"),
    });
  });

  it.each(["Bearer", "bearer"])("is not taken as %s", async (scheme) => {
    const { token } = issue(world);
    expect((await present({ authorization: `${scheme} ${token}` })).outcome).toMatchObject({
      code: "bearer_refused",
    });
  });

  it.each([
    ...[
      "DPoP",
      "DPoP ",
      "Basic abc",
      "DPoP a b",
      " DPoP abc",
      "DPoP abc ",
      "DPoP a=b",
      "DP0P abc",
      "xDPoP abc",
    ],
  ])("is not taken as %j", async (authorization) => {
    for (const text of ["abc", "a", "", "a=b"]) world.tokens.set(text, claimsOf(world));
    expect((await present({ authorization })).outcome).toEqual({ kind: "refusal", code: "invalid_token" });
  });

  it("may be so long and no longer", async () => {
    const long = (chars: number) => {
      const token = "a".repeat(chars - "DPoP ".length);
      const { proof, claims } = issue(world);
      world.tokens.set(token, claims);
      return present({ authorization: `DPoP ${token}`, dpop: proof });
    };
    expect((await long(16_384)).outcome).toHaveProperty("claims");
    expect((await long(16_385)).outcome).toEqual({ kind: "refusal", code: "invalid_token" });
  });

  it("is of padded characters too", async () => {
    const { proof, claims } = issue(world);
    world.tokens.set("aB0._~+/-==", claims);
    expect((await present({ authorization: "DPoP aB0._~+/-==", dpop: proof })).outcome).toHaveProperty(
      "claims",
    );
  });

  it("that does not verify is attributed to nobody", async () => {
    const { exchange, outcome } = await present({ authorization: "DPoP forged" });
    expect(outcome).toMatchObject({ code: "invalid_token" });
    expect(exchange.known).not.toHaveProperty("caller");
  });

  it("is of this server, this environment and this time", async () => {
    for (const over of [{ aud: `${URL_OF_FILES}/` }, ng({ env: "prod" }), { exp: NOW_S }]) {
      const { exchange, outcome } = await use(over);
      expect(outcome).toEqual({ kind: "refusal", code: "invalid_token" });
      expect(exchange.known.caller).not.toHaveProperty("use");
      expect(exchange.known.caller).toHaveProperty("token");
    }
    expect((await use({ exp: NOW_S + 1 })).outcome).toHaveProperty("claims");
  });

  it("is attributed to no agent that is not there", async () => {
    world.agents.clear();
    const { exchange, outcome } = await use();
    expect(outcome).toMatchObject({ code: "agent_inactive" });
    expect(exchange.known.caller).not.toHaveProperty("agentRef");
  });
});

describe("the proof", () => {
  it("has to be there", async () => {
    const { token } = issue(world);
    const { exchange, outcome } = await present({ authorization: `DPoP ${token}` });
    expect(outcome).toMatchObject({ code: "invalid_dpop_proof", sentence: "Send exactly one DPoP header." });
    expect(exchange.known.caller).not.toHaveProperty("dpop");
  });

  it("is refused as its verifier says", async () => {
    const { token } = issue(world);
    const { exchange, outcome } = await present({ authorization: `DPoP ${token}`, dpop: "stale" });
    expect(outcome).toEqual({ kind: "refusal", code: "use_dpop_nonce" });
    expect(exchange.known.caller).not.toHaveProperty("use");
  });

  it("is by the key of the token; its single use is known all the same", async () => {
    const { token, proof } = issue(world);
    world.proofs.set(proof, { jkt: digestOf("another key"), use: digestOf("use") });
    const { exchange, outcome } = await present({ authorization: `DPoP ${token}`, dpop: proof });
    expect(outcome).toEqual({ kind: "refusal", code: "invalid_dpop_proof" });
    expect(exchange.known.caller).toMatchObject({ dpop: proof, use: digestOf("use") });
  });

  const signed = (over: string, bytes: Uint8Array) => {
    const { token, proof, claims } = issue(world);
    world.proofs.set(proof, { jkt: claims.cnf.jkt, use: digestOf(proof), bodySha256: over });
    return present({ authorization: `DPoP ${token}`, dpop: proof }, bytes);
  };

  it("that signs the body makes it the agent's own word", async () => {
    const { exchange, outcome } = await signed(digestOf(body), body);
    expect(outcome).toHaveProperty("bodySigned", true);
    expect(exchange.known.signedBody).toBe(body);
    expect((await signed(digestOf(none), none)).outcome).toHaveProperty("bodySigned", true);
  });

  it("that signs another body is refused", async () => {
    const { exchange, outcome } = await signed(digestOf("other"), body);
    expect(outcome).toEqual({ kind: "refusal", code: "invalid_dpop_proof" });
    expect(exchange.known).not.toHaveProperty("signedBody");
  });

  it("is asked for its method as it came", async () => {
    const { token, proof } = issue(world);
    const { exchange } = openExchange(world, { headers: { authorization: `DPoP ${token}`, dpop: proof } });
    delete exchange.req.method;
    await authenticateCaller(world.room.deps, exchange, none);
    expect(world.asked[0]).toMatchObject({ port: "proof", input: { method: "" } });
  });
});

describe("what a token rests on", () => {
  const life = (over: Parameters<typeof claimsOf>[1] = {}) =>
    checkLife(world.room.deps, claimsOf(world, over));
  const setAgent = (over: Parameters<typeof agentRecord>[0]) =>
    world.agents.set("triage", { ...agentOf(world), ...over });

  it("holds", () => {
    expect(life()).toEqual({ agent: agentOf(world), mandate: world.mandate });
  });

  it("is over with its epochs, of whatever else there is", async () => {
    world.epochs.set(`mandate:${world.mandate.id}`, 1);
    world.agents.clear();
    expect(life()).toEqual({ kind: "refusal", code: "revoked" });
    expect((await use()).outcome).toEqual({ kind: "refusal", code: "revoked" });
  });

  it("is over with its agent", () => {
    setAgent({ state: "suspended" });
    expect(life()).toEqual({ kind: "refusal", code: "agent_inactive" });
    setAgent({ state: "active", expires: NOW_S });
    expect(life()).toEqual({ kind: "refusal", code: "agent_expired" });
    setAgent({ expires: NOW_S + 1 });
    expect(life()).toHaveProperty("agent");
    expect(life({ act: { iss: "i", sub: "nobody", sub_profile: "ai_agent" } })).toMatchObject({
      code: "agent_inactive",
    });
  });

  it("is over with its mandate", () => {
    expect(life(ng({ mandate: "other" }))).toEqual({ kind: "refusal", code: "mandate_unknown" });
    world.mandate = { ...world.mandate, state: "closed" };
    expect(life()).toEqual({ kind: "refusal", code: "mandate_closed" });
  });

  it("is the mandate of its own transaction", () => {
    expect(life({ txn: "another.one" })).toEqual({ kind: "refusal", code: "invalid_token" });
  });

  it("is the intent of its mandate, and no other", () => {
    const intent = { case: "c-1" };
    expect(life(ng({ intent: digestOf("intent") }))).toEqual({ kind: "refusal", code: "invalid_token" });
    world.mandate = { ...world.mandate, document: { ...world.mandate.document, intent } };
    expect(life()).toEqual({ kind: "refusal", code: "invalid_token" });
    const carried = intentClaim(world.mandate.document) ?? "";
    expect(life(ng({ intent: carried }))).toHaveProperty("agent");
  });

  it("is a subject that somebody vouched for, in the highest tier", () => {
    const asserted = ng({ basis: "asserted_by_agent" });
    expect(life(asserted)).toHaveProperty("agent");
    setAgent({ tier: "T3" });
    expect(life()).toHaveProperty("agent");
    expect(life(asserted)).toEqual({ kind: "refusal", code: "subject_unproven" });
  });

  it("is a key of its own, in production and above the lowest tier", async () => {
    const weak = ng({ assurance: "same-user key" });
    expect(life(weak)).toHaveProperty("agent");
    world = await stepWorld({ env: "prod" });
    expect(life()).toHaveProperty("agent");
    expect(life(ng({ assurance: "same-user key" }))).toEqual({ kind: "refusal", code: "posture_refused" });
    setAgent({ tier: "T1" });
    expect(life(ng({ assurance: "same-user key" }))).toHaveProperty("agent");
  });
});
