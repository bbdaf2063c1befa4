import { parsePublicJwk } from "@narrowgate/contracts";
import { fromBase64url, type JsonObject, parseStrictJson, readObject } from "@narrowgate/kernel";
import type { Attestation } from "../attestation/index.ts";
import { type ConsentPorts, type Consents, openConsents } from "../consent/index.ts";
import type { Mandates } from "../mandates/mandates.ts";
import type { People } from "../people/index.ts";
import type { JsonFetcher } from "../platform/fetch/safe-fetch.ts";
import type { Registry } from "../registry/registry.ts";
import {
  authenticateByAssertion,
  isRefusal,
  mintUnderConsent,
  onlyOnce,
  provePossession,
  type StsPorts,
  serverUrl,
} from "../sts/index.ts";
import type { Foundation } from "./open-foundation.ts";

/** The rooms that people's consent stands on, beside the foundation. */
export interface ConsentFront {
  readonly registry: Registry;
  readonly mandates: Mandates;
  readonly attestation: Attestation;
  readonly people: People;
  readonly sts: StsPorts;
  readonly fetcher: JsonFetcher;
  readonly browser: ConsentPorts["browser"];
  readonly bounds: ConsentPorts["bounds"];
}

/** The key in the header of a proof that was verified. */
function keyOfProof(proof: string): JsonObject {
  const [header = ""] = proof.split(".", 1);
  const { jwk } = readObject(parseStrictJson(fromBase64url(header), { maxDepth: 4 }), "", [
    "typ",
    "alg",
    "jwk",
  ]);
  return { ...parsePublicJwk(jwk) };
}

/** The token service as the consent room asks it. */
export function tokensForConsent(sts: StsPorts): ConsentPorts["tokens"] {
  return {
    async prove(input) {
      const proven = await provePossession(input, sts);
      if (isRefusal(proven)) return proven;
      const { form, contentType, dpop, url, proof } = proven;
      return { kind: "proven", form, contentType, dpop, url, proof: { ...proof, jwk: keyOfProof(dpop) } };
    },
    async authenticate(sent) {
      const params = onlyOnce(sent);
      if (isRefusal(params)) return params;
      const caller = await authenticateByAssertion(params, sts);
      if (isRefusal(caller)) return caller;
      return { kind: "agent", agent: caller.client.id, jkt: caller.instance.jkt };
    },
    async mint(asked) {
      const minted = await mintUnderConsent(asked, sts);
      if (isRefusal(minted)) return minted;
      const { accessToken, claims } = minted;
      const { exp, iat, scope, authorization_details: details } = claims;
      return { kind: "minted", accessToken, expiresIn: exp - iat, scope, details };
    },
    serverUrl: (server) => serverUrl(sts.issuer, server),
    nonce: () => sts.proofs.nonce(),
  };
}

/** Mandates as the consent room opens and ends them. */
function mandatesForConsent(mandates: Mandates): ConsentPorts["mandates"] {
  return {
    open: (document, statement) =>
      mandates.open({
        document,
        by: "person",
        ...(statement === undefined ? {} : { assertion: statement }),
      }),
    mandate: (id) => mandates.mandate(id),
    lastUsedMs: (id) => mandates.lastUsedMs(id),
    async end(id) {
      // It may have ended before, and be forgotten since: then there is nothing left to end.
      if (mandates.mandate(id)?.state === "open") await mandates.end(id, "closed", { by: "owner" });
    },
  };
}

/** Opens people's consent. @throws `malformed_input` when a stored row is not what we wrote */
export function openConsentsOn(base: Foundation, front: ConsentFront): Promise<Consents> {
  const { config, clock, evidence, state, custody, report } = base;
  const { registry, mandates, attestation, people, sts, fetcher, browser, bounds } = front;
  return openConsents({
    issuer: config.baseUrl,
    clock,
    registry,
    evidence,
    state,
    browser,
    people,
    mandates: mandatesForConsent(mandates),
    tokens: tokensForConsent(sts),
    instances: {
      isKnown: (agent, jkt) => attestation.instance(agent, jkt) !== undefined,
      async admit(key) {
        const admitted = await attestation.admitConsented(key);
        return "kind" in admitted ? admitted : { kind: "admitted" };
      },
    },
    signer: () => custody.signingTokenKey(),
    fetchJson: (url) => fetcher.getJson(url),
    bounds,
    report: (cause) => report({ kind: "consent", detail: "people's sign-in of agents failed", cause }),
  });
}
