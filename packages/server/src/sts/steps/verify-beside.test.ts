import { generateKeyPairSync } from "node:crypto";
import { jwkThumbprint, parsePublicJwk } from "@narrowgate/contracts";
import { expect, it } from "vitest";
import {
  assertionOf,
  enrolled,
  instanceRecord,
  JWT_BEARER,
  NOW_S,
  parsed,
  stepWorld,
} from "../../../test/sts/step-world.ts";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";
import { GRANTS } from "./parse-request.ts";
import { verifyBeside } from "./verify-beside.ts";

const jwk = parsePublicJwk(
  generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" }),
);
const jkt = jwkThumbprint(nodeSha256, jwk);
const header = Buffer.from(JSON.stringify({ typ: "dpop+jwt", alg: "ES256", jwk })).toString("base64url");

function asked(more: Record<string, string> = {}) {
  const world = stepWorld();
  const agent = enrolled(world, "a");
  const assertion = assertionOf({ alg: "ES256", kid: jkt }, { iss: "a", sub: "a" });
  world.assertions.set(assertion, { use: "use", untilS: NOW_S + 60 });
  const { request } = parsed({
    client_assertion: assertion,
    client_assertion_type: JWT_BEARER,
    grant_type: GRANTS.tokenExchange,
    subject_token: "token",
    ...more,
  });
  return { world, agent, run: () => verifyBeside(request, `${header}.e30.AA`, world.ports) };
}

it("verifies assertion and subject token of an enrolled key, and takes no single use", async () => {
  const { world, agent, run } = asked();
  world.instances.set(`a ${jkt}`, { ...instanceRecord("a", jkt), ref: agent.instance.ref });
  expect(await run()).toMatchObject({
    named: { client: agent.client },
    assertion: { kind: "assertion", use: "use" },
    subjectToken: { kind: "refused" },
  });
  expect(world.asked.map(({ port }) => port)).toEqual(["assertion"]);
  expect(world.spent.size).toBe(0);
});

it("verifies nothing for a key that is not enrolled, or for another kind of assertion", async () => {
  for (const more of [{}, { client_assertion_type: "other" }]) {
    const { world, run } = asked(more);
    if ("client_assertion_type" in more) world.instances.set(`a ${jkt}`, instanceRecord("a", jkt));
    expect(await run()).toBeUndefined();
    expect(world.asked).toEqual([]);
  }
});
