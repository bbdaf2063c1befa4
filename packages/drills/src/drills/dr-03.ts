import { type Context, type Drill, roundsFor } from "../run/drill.ts";
import type { Sandbox } from "../stage/sandbox.ts";
import { callOf, tokenFor, tookEffect } from "../stage/target.ts";
import { Agent, tokenOf } from "../wire/agent.ts";
import { isDone, said } from "../wire/http.ts";
import { encode, type Key, makeKey, randomText, signedText } from "../wire/key.ts";
import { claimsOf } from "../wire/reading.ts";

const ROUNDS = 3;

interface Crossing {
  readonly from: Sandbox;
  readonly to: Sandbox;
  readonly way: string;
}

/** The token with other claims: under its old signature, under none, and under a key of the attacker's. */
function forged(token: string, claims: object, key: Key): readonly (readonly [string, string])[] {
  const [head = "", , signature = ""] = token.split(".");
  const body = encode(JSON.stringify({ ...claimsOf(token), ...claims }));
  const none = encode(JSON.stringify({ alg: "none", typ: "at+jwt" }));
  return [
    ["under its old signature", `${head}.${body}.${signature}`],
    ["unsigned", `${none}.${body}.`],
    [
      "under the attacker's key",
      signedText(key, { typ: "at+jwt", kid: key.jkt }, { ...claimsOf(token), ...claims }),
    ],
  ];
}

async function present(
  { tally, upstreams, target }: Context,
  { way }: Crossing,
  agent: Agent,
  what: readonly [string, string],
): Promise<void> {
  const [says, token] = what;
  const before = upstreams.effects.length;
  const mark = `crossed-${randomText()}`;
  const called = await agent.call(callOf(target, mark, token));
  const took = tookEffect(upstreams, target, mark, before).length > 0;
  tally.trial(!isDone(called) && !took, `${way}: ${says}, at the gate: ${said(called)}`);
  const traded = await agent.exchange(token, { resource: `${agent.issuer}/mcp/${target.server}` });
  tally.trial(tokenOf(traded) === "", `${way}: ${says}, at the token endpoint: ${said(traded)}`);
}

async function cross(context: Context, crossing: Crossing): Promise<void> {
  const { tally, target } = context;
  const { from, to, way } = crossing;
  const there = await from.join(target.agent);
  const token = await tokenFor(target, from, there);
  const own = await there.call(callOf(target, `own-${randomText()}`, token));
  tally.needs(isDone(own), "the credentials do not work where they belong");
  const here = new Agent(to.issuer, target.agent, there.key);
  const audience = `${to.issuer}/mcp/${target.server}`;
  await present(context, crossing, here, ["a token of another instance", token]);
  const renamed = {
    iss: to.issuer,
    aud: audience,
    ng: { ...Object(claimsOf(token)["ng"]), env: "staging" },
  };
  for (const what of forged(token, renamed, makeKey()))
    await present(context, crossing, here, [`renamed claims ${what[0]}`, what[1]]);
  const minted = await here.mint(target.server);
  tally.trial(tokenOf(minted) === "", `${way}: a key of another instance asks for a token: ${said(minted)}`);
  const assertion = there.assertion();
  const fields = { grant_type: "client_credentials", resource: audience };
  const mixed = await here.form(fields, { assertion });
  tally.trial(tokenOf(mixed) === "", `${way}: an assertion meant for the other instance: ${said(mixed)}`);
  const abroad = await there.mint(target.server, { resource: audience });
  tally.trial(tokenOf(abroad) === "", `${way}: a token of there for an address of here: ${said(abroad)}`);
}

/** Tokens and keys of another instance, and renamed ones. */
export const dr03: Drill = {
  id: "DR-03",
  name: "Environment crossing",
  scenario: {
    v: 2,
    rounds: ROUNDS,
    environments: ["dev", "staging"],
    both_ways: true,
    forgeries: ["old signature", "none", "own key"],
  },
  expected: "nothing that belongs to one instance is taken by another, at the gate or at the token endpoint",
  aims: true,
  async run(context) {
    const { sandbox, signal } = context;
    const other = await context.another({ environment: "dev", carries: true });
    const rounds = roundsFor(context, ROUNDS, 22);
    for (let round = 0; round < rounds && !signal.aborted; round++) {
      await cross(context, { from: other, to: sandbox, way: "dev to staging" });
      await cross(context, { from: sandbox, to: other, way: "staging to dev" });
    }
    context.tally.note("not tried: a report that names shared fingerprints; there is none in this version");
  },
};
