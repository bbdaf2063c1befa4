/**
 * The product's own verdicts, for `run.py` to hold its own against: one JSON question a line in, one JSON answer a line
 * out, in order. An answer is `{"ok": …}`, or `{"refused": why}`; anything else that is thrown is a fault of the product.
 */
import { createInterface } from "node:readline";
import {
  type Call,
  chainDepth,
  checkHop,
  covers,
  formatAuthority,
  type HopMode,
  hop,
  intersect,
  narrower,
  parseActorChain,
  parseAuthority,
  parseRequestedAuthority,
} from "@narrowgate/authority";
import {
  parseAccessTokenClaims,
  parseAccessTokenHeader,
  parseCompactJws,
  parseDpopProof,
  parseInputsOpening,
  parseLeaf,
  parseSealedOpening,
  parseTrustFile,
  rebuildRequest,
} from "@narrowgate/contracts";
import { canonicalJson, isNarrowgateError, type JsonObject, parseStrictJson, utf8 } from "@narrowgate/kernel";
import { createNodeEngine } from "@narrowgate/policy/node";
import { verifyBundle } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import { authorityOf } from "../../packages/verifier/src/token-facts.ts";

// biome-ignore lint/suspicious/noExplicitAny: questions are of every shape, hostile ones above all
type Question = any;

const engine = createNodeEngine();
const crypto = nodeCrypto();

async function bundleVerdict({ bundle, trust }: Question): Promise<JsonObject> {
  const parsed = trust === null ? {} : { trust: parseTrustFile(trust) };
  const { verdict, failures } = await verifyBundle(utf8(bundle), { ...parsed, crypto, engine });
  return { verdict, rules: failures.map(({ rule }) => rule), why: failures.map(({ message }) => message) };
}

function hopVerdict({ parent, actorCeiling, clientCeiling, mode, requested, granted }: Question): unknown {
  const input = {
    parent: parseAuthority(parent),
    actorCeiling: parseAuthority(actorCeiling),
    clientCeiling: parseAuthority(clientCeiling),
    mode: mode as HopMode,
    ...(requested === undefined ? {} : { requested: parseRequestedAuthority(requested) }),
  };
  const answer = granted === undefined ? hop(input) : checkHop(input, parseAuthority(granted));
  return answer.kind === "refused"
    ? answer
    : { kind: "granted", normal: canonicalJson(formatAuthority(answer.authority)) };
}

const answers: Readonly<Record<string, (question: Question) => unknown>> = {
  claims: ({ value }) => void authorityOf(parseAccessTokenClaims(value)),
  header: ({ value }) => void parseAccessTokenHeader(value),
  leaf: ({ value }) => void parseLeaf(value),
  opening: ({ type, part, value }) =>
    void (part === "inputs" ? parseInputsOpening(value) : parseSealedOpening(type, part, value)),
  request: ({ value }) => canonicalJson(rebuildRequest(value)),
  json: ({ text }) => canonicalJson(parseStrictJson(text)),
  dpop: ({ jws }) => void parseDpopProof(parseCompactJws(jws, { maxBytes: 65_536 })),
  chain: ({ value }) => chainDepth(parseActorChain(value)),
  authority: ({ value }) => canonicalJson(formatAuthority(parseAuthority(value))),
  narrower: ({ parent, child }) => narrower(parseAuthority(parent), parseAuthority(child)).kind,
  intersect: ({ a, b }) => {
    const found = intersect(parseAuthority(a), parseAuthority(b));
    return found.kind === "refused" ? found.reason : canonicalJson(formatAuthority(found.authority));
  },
  covers: ({ authority, call }) => covers(parseAuthority(authority), call as Call).kind,
  hop: hopVerdict,
  bundle: bundleVerdict,
};

for await (const line of createInterface({ input: process.stdin, terminal: false })) {
  const question: Question = JSON.parse(line);
  let answer: unknown;
  try {
    answer = { ok: (await answers[question.op]?.(question)) ?? null };
  } catch (error) {
    answer = isNarrowgateError(error) ? { refused: error.code } : { fault: String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
