import { readdirSync, readFileSync } from "node:fs";
import { canonicalJson, isNarrowgateError, type JsonObject, type JsonValue } from "@narrowgate/kernel";
import { describe, expect, it } from "vitest";
import {
  type ActorChain,
  chainDepth,
  formatActorChain,
  outermostActor,
  parseActorChain,
} from "./actor-chain.ts";
import type { Authority, Call } from "./authority.ts";
import { checkChainStep, type HopMode, rebindChain } from "./chain-step.ts";
import { compileAuthority, covers } from "./covers.ts";
import { formatAuthority } from "./format-authority.ts";
import { checkHop, type Hop, type HopInput, hop } from "./hop.ts";
import { intersect } from "./intersect.ts";
import { checkNarrowingProof, narrower } from "./narrower.ts";
import { parseAuthority, parseRequestedAuthority } from "./parse-authority.ts";

const folder = new URL("../../../test/vectors/authority/", import.meta.url);

interface Vector extends JsonObject {
  readonly name: string;
  readonly op: string;
  readonly expect: JsonValue;
}

interface VectorFile {
  readonly group: string;
  readonly cases: readonly Vector[];
}

const normal = (a: Authority): string => canonicalJson(formatAuthority(a));

/** What a parser says of its input: the normal form, or where it is wrong. */
function parsed(read: () => JsonObject): JsonObject {
  try {
    return { kind: "accepted", ...read() };
  } catch (error) {
    if (!isNarrowgateError(error) || error.code !== "malformed_authority") throw error;
    const [place = ""] = error.publicMessage.split(": ");
    return { kind: "refused", path: place === "the document" ? "" : place };
  }
}

function chainOf(value: JsonValue | undefined): ActorChain | undefined {
  return value === undefined ? undefined : parseActorChain(value);
}

function hopInput(vector: Vector): HopInput {
  const { requested, resource, at } = vector;
  return {
    parent: parseAuthority(vector.parent),
    actorCeiling: parseAuthority(vector.actorCeiling),
    clientCeiling: parseAuthority(vector.clientCeiling),
    mode: vector.mode as HopMode,
    ...(requested === undefined ? {} : { requested: parseRequestedAuthority(requested) }),
    ...(typeof resource === "string" ? { resource } : {}),
    ...(typeof at === "number" ? { at } : {}),
  };
}

function hopAnswer(result: Hop): unknown {
  if (result.kind === "refused") return result;
  return { kind: "granted", normal: normal(result.authority), proof: result.proof };
}

const operations: Readonly<Record<string, (vector: Vector) => unknown>> = {
  parse: ({ json, authority }) =>
    parsed(() => {
      const sent: unknown = typeof json === "string" ? JSON.parse(json) : authority;
      return { normal: normal(parseAuthority(sent)) };
    }),
  narrower: ({ parent, child }) => narrower(parseAuthority(parent), parseAuthority(child)),
  check_proof: ({ parent, child, proof }) => {
    const details: number[] = Object(proof).details;
    return checkNarrowingProof(parseAuthority(parent), parseAuthority(child), { details });
  },
  intersect: ({ a, b }) => {
    const result = intersect(parseAuthority(a), parseAuthority(b));
    return result.kind === "refused" ? result : { kind: "authority", normal: normal(result.authority) };
  },
  covers: (vector) => {
    const authority = parseAuthority(vector.authority);
    const call = vector.call as unknown as Call;
    const answer = covers(authority, call);
    expect(compileAuthority(authority).covers(call)).toEqual(answer);
    return answer;
  },
  hop: (vector) => hopAnswer(hop(hopInput(vector))),
  check_hop: (vector) => hopAnswer(checkHop(hopInput(vector), parseAuthority(vector.granted))),
  parse_chain: ({ act }) =>
    parsed(() => {
      const chain = parseActorChain(act);
      return { normal: canonicalJson(formatActorChain(chain)), depth: chainDepth(chain) };
    }),
  rebind: ({ parent, actor }) => {
    const result = rebindChain(chainOf(parent), outermostActor(parseActorChain(actor)));
    if (result.kind === "refused") return result;
    return { kind: result.kind, normal: canonicalJson(formatActorChain(result.chain)) };
  },
  step: ({ parent, child, mode }) => checkChainStep(chainOf(parent), chainOf(child), mode as HopMode),
};

const groups = readdirSync(folder).filter((name) => name.endsWith(".json"));

describe.each(groups)("vectors: %s", (name) => {
  const file: VectorFile = JSON.parse(readFileSync(new URL(name, folder), "utf8"));
  it.each(file.cases.map((vector) => [vector.name, vector] as const))("%s", (_, vector) => {
    const operation = operations[vector.op];
    expect(operation?.(vector)).toEqual(vector.expect);
  });
});
