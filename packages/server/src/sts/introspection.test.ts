import type { AccessTokenClaims } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { beforeEach, describe, expect, it } from "vitest";
import {
  assertionOf,
  type Caller,
  enrolled,
  given,
  ISSUER,
  issued,
  JWT_BEARER,
  NOW_S,
  type StepWorld,
  stepWorld,
} from "../../test/sts/step-world.ts";
import { answerIntrospection } from "./introspection.ts";
import type { ReleasePort } from "./ports.ts";
import { agentUrl } from "./steps/check-target.ts";

type InForce = ReturnType<ReleasePort["inForce"]>;

const released = (deployment: string): InForce => ({
  kind: "released",
  deployment,
  pair: [`release:${deployment}`, 0],
});
const drifted: InForce = { kind: "refused", code: "release_drifted", why: "not as it was signed: ceiling" };

let world: StepWorld;
let first: Caller;
let second: Caller;
beforeEach(() => {
  world = stepWorld();
  first = enrolled(world, "first");
  second = enrolled(world, "second");
});

/** Asks as an agent; `releases` says what is in force for whom, where releases are asked for. */
async function ask(
  caller: Caller,
  { jti }: AccessTokenClaims,
  releases?: Readonly<Record<string, InForce>>,
): Promise<JsonObject | undefined> {
  const { id } = caller.client;
  const assertion = assertionOf({ alg: "ES256", kid: caller.proof.jkt }, { iss: id, sub: id });
  world.assertions.set(assertion, { use: `${id} ${world.spent.size}`, untilS: NOW_S + 60 });
  const params = { client_assertion: assertion, client_assertion_type: JWT_BEARER, token: jti };
  const gate: ReleasePort | undefined = releases && {
    inForce: (agent) => releases[agent.id] ?? drifted,
    isGlassOf: () => false,
  };
  const { body } = await answerIntrospection(new Map(Object.entries(params)), {
    ...world.ports,
    ...(gate === undefined ? {} : { releases: gate }),
  });
  return body;
}

/** A token that the first agent presents, made for the second. */
function handedOn(release?: string): AccessTokenClaims {
  const made = issued(world, given(world, "first"), first, { aud: agentUrl(ISSUER, "second") });
  const token = release === undefined ? made : { ...made, ng: { ...made.ng, release } };
  world.tokens.set(token.jti, token);
  return token;
}

const inactive = { active: false };

describe("a token is active", () => {
  it("to whom it was made for and who made it, and to nobody else", async () => {
    const token = handedOn();
    expect(await ask(second, token)).toMatchObject({ active: true, jti: token.jti });
    expect(await ask(first, token)).toMatchObject({ active: true });
    expect(await ask(enrolled(world, "third"), token)).toEqual(inactive);
  });

  it("until it is revoked or its mandate is over", async () => {
    const token = handedOn();
    world.epochs.set(`mandate:${token.ng.mandate}`, 1);
    expect(await ask(second, token)).toEqual(inactive);
    world.epochs.clear();
    world.mandates.clear();
    expect(await ask(second, token)).toEqual(inactive);
  });

  it("while the agent that presents it may act", async () => {
    const token = handedOn();
    world.agents.set("first", { ...first.client, expires: NOW_S });
    expect(await ask(second, token)).toEqual(inactive);
    world.agents.set("first", { ...first.client, state: "suspended" });
    expect(await ask(second, token)).toEqual(inactive);
    world.agents.delete("first");
    expect(await ask(second, token)).toEqual(inactive);
  });
});

describe("where releases are asked for, a token is active", () => {
  it("while the release that it names is in force for who presents it, whatever is for who asks", async () => {
    expect(await ask(second, handedOn("a"), { first: released("a") })).toMatchObject({ active: true });
  });

  it("no longer once that is not as it was signed", async () => {
    expect(await ask(second, handedOn("a"), { second: released("a") })).toEqual(inactive);
  });

  it("no longer once another came in its place", async () => {
    expect(await ask(second, handedOn("a"), { first: released("b") })).toEqual(inactive);
    expect(await ask(second, handedOn(), { first: released("b") })).toEqual(inactive);
  });
});
