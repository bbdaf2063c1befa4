import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { AccessTokenClaims, EpochPair } from "@narrowgate/contracts";
import { type JsonObject, randomId, utf8 } from "@narrowgate/kernel";
import { digestOf } from "../../src/gateway/digest.ts";
import { readHeaders } from "../../src/gateway/http/read-headers.ts";
import type { RpcRequest } from "../../src/gateway/mcp/json-rpc.ts";
import type { CallQuestion, CallVerdict, CutToken } from "../../src/gateway/ports.ts";
import type {
  Authenticated,
  Caller,
  Decided,
  Exchange,
  Operation,
  Resolved,
} from "../../src/gateway/stages.ts";
import type { Era } from "../../src/gateway/upstream/upstream.ts";
import { BASE, NOW_S, pinned, URL_OF_FILES, verdictOf } from "./step-records.ts";
import { agentOf, type StepWorld, serverOf } from "./step-world.ts";

/** Claims of a token for the server. */
export function claimsOf(world: StepWorld, over: Partial<AccessTokenClaims> = {}): AccessTokenClaims {
  const epochs: readonly EpochPair[] = [[`mandate:${world.mandate.id}`, 0]];
  return {
    iss: BASE,
    aud: URL_OF_FILES,
    sub: "ada",
    sub_profile: "user",
    client_id: "triage",
    scope: "test:use",
    exp: NOW_S + 300,
    iat: NOW_S,
    jti: randomId(),
    txn: world.mandate.txn,
    act: { iss: BASE, sub: "triage", sub_profile: "ai_agent" },
    cnf: { jkt: digestOf("key of triage") },
    authorization_details: [{ type: "mcp_tool", server: "files", tools: ["read", "write"] }],
    ng: {
      v: 1,
      mandate: world.mandate.id,
      instance: randomId(),
      basis: "signed_by_subject",
      assurance: "enrolled",
      env: world.room.deps.env,
      epochs,
      reach: [URL_OF_FILES],
    },
    ...over,
  };
}

/** A token that verifies, and a proof for it. */
export function issue(
  world: StepWorld,
  over: Partial<AccessTokenClaims> = {},
): { readonly token: string; readonly proof: string; readonly claims: AccessTokenClaims } {
  const claims = claimsOf(world, over);
  const token = `token-${claims.jti}`;
  const proof = `proof-${claims.jti}`;
  world.tokens.set(token, claims);
  world.proofs.set(proof, { jkt: claims.cnf.jkt, use: digestOf(proof) });
  return { token, proof, claims };
}

/** What a request is opened with. */
export interface Opening {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** More of them, as they stand. */
  readonly raw?: readonly string[];
  readonly body?: string;
}

/** A request at the door, and the way its client can leave. */
export function openExchange(
  world: StepWorld,
  { method = "POST", headers = {}, raw = [], body }: Opening = {},
): { readonly exchange: Exchange; readonly leave: AbortController } {
  const req = new IncomingMessage(new Socket());
  req.method = method;
  const all = [...Object.entries(headers).flat(), ...raw];
  req.rawHeaders = all;
  for (const [name, value] of Object.entries(headers)) req.headers[name.toLowerCase()] = value;
  if (body !== undefined) {
    req.push(body);
    req.push(null);
  }
  const leave = new AbortController();
  const exchange: Exchange = {
    req,
    headers: readHeaders(all),
    channel: {
      notify: (message) => void world.said.push(message),
      finish: () => undefined,
      gone: leave.signal,
    },
    server: serverOf(world),
    url: URL_OF_FILES,
    known: { era: "earlier" },
  };
  return { exchange, leave };
}

/** A call as it stands after it was authenticated. */
export interface CallOptions {
  readonly era?: Era;
  readonly method?: string;
  readonly params?: JsonObject;
  readonly claims?: Partial<AccessTokenClaims>;
  readonly caller?: Partial<Caller>;
  readonly session?: Authenticated["session"];
  readonly headers?: Readonly<Record<string, string>>;
}

export function authenticated(
  world: StepWorld,
  options: CallOptions = {},
): { readonly stage: Authenticated; readonly request: RpcRequest; readonly leave: AbortController } {
  const { era = "modern", method = "tools/call", params = { name: "read", arguments: {} } } = options;
  const { exchange, leave } = openExchange(world, { headers: options.headers ?? {} });
  const { token, proof, claims } = issue(world, options.claims);
  const agent = agentOf(world);
  const use = digestOf(proof);
  const request: RpcRequest = { kind: "request", id: 7, method, params };
  Object.assign(exchange.known, {
    era,
    method,
    id: request.id,
    caller: { claims, token, dpop: proof, use, agentRef: agent.ref },
  });
  const stage: Authenticated = {
    received: { exchange, message: request, era, body: utf8("{}"), sessionId: undefined },
    caller: {
      claims,
      token,
      dpop: proof,
      use,
      agent,
      mandate: world.mandate,
      bodySigned: false,
      ...options.caller,
    },
    session: options.session,
  };
  return { stage, request, leave };
}

/** A call as it stands after its operation was found. */
export function resolved(
  world: StepWorld,
  options: CallOptions & {
    readonly operation?: Partial<Operation> | { readonly treatment: "listed"; readonly list: "tools" };
    readonly resolved?: Partial<Resolved>;
  } = {},
): { readonly stage: Resolved; readonly exchange: Exchange; readonly leave: AbortController } {
  const { stage, request, leave } = authenticated(world, options);
  const { exchange } = stage.received;
  const name = String(request.params["name"] ?? "read");
  const record = exchange.server.tools.find((one) => one.name === name) ?? pinned(name);
  const digest = record.pin?.digest ?? "none";
  const pooled = world.room.pool.get(exchange.server);
  const facts = world.facts;
  if ("kind" in facts) throw new TypeError("the upstream of this world cannot take calls");
  const decidedOperation: Operation = {
    treatment: "decided",
    kind: "tool",
    name,
    record,
    arguments: {},
    pin: { current: digest, approved: digest },
  };
  const given = options.operation ?? {};
  return {
    stage: {
      authenticated: stage,
      request,
      operation: given.treatment === "listed" ? given : { ...decidedOperation, ...given },
      ...pooled,
      facts,
      params: request.params,
      progressToken: undefined,
      ...options.resolved,
    },
    exchange,
    leave,
  };
}

/** A call as it stands after policy has spoken. */
export function decided(
  world: StepWorld,
  verdict: Partial<CallVerdict> = {},
  options: Parameters<typeof resolved>[1] = {},
): { readonly stage: Decided; readonly exchange: Exchange; readonly leave: AbortController } {
  const { stage, exchange, leave } = resolved(world, options);
  const { operation: asked, authenticated: of } = stage;
  const full = verdictOf(verdict);
  if (asked.treatment === "listed") return { stage: { resolved: stage, verdict: full }, exchange, leave };
  const { claims, agent, mandate, bodySigned } = of.caller;
  const question: CallQuestion = { claims, agent, mandate, server: exchange.server, bodySigned, ...asked };
  Object.assign(exchange.known, { verdict: full, question });
  return { stage: { resolved: stage, verdict: full, question }, exchange, leave };
}

/** A leaf that nobody minds, under a decision. */
export function leafUnder(world: StepWorld, decision: string): ReturnType<CutToken["leaf"]> {
  return { type: "unknown", txn: world.mandate.txn, body: { boot: randomId(), decision } };
}
