import { readFileSync } from "node:fs";
import { type NonceMemory, sendWithProof, type TokenClient } from "@narrowgate/agent";
import { parseRegistryDocument } from "@narrowgate/contracts";
import { type JsonObject, randomId } from "@narrowgate/kernel";
import { TOKENS_FOR_ALL } from "./desk-registry.ts";
import { startInstance, type TestInstance } from "./test-instance.ts";

/** What was answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined where the answer is no JSON. */
  readonly body: unknown;
}

/** What is sent, beside the proof. */
export interface Asking {
  readonly raw?: string;
  readonly body?: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An instance that decides for others by one profile, and agents that ask it. */
export interface DecisionPoint {
  readonly gate: TestInstance;
  /** May ask. */
  readonly pep: TokenClient;
  /** A token for this decision point, by default of who may ask. */
  token(client?: TokenClient, scope?: string): Promise<string>;
  ask(path: string, asking: Asking, accessToken: string, client?: TokenClient): Promise<Answer>;
  /** Another profile and its policies, from the folder of vectors, from now on. */
  follow(profile: string): Promise<void>;
  close(): Promise<void>;
}

const vectors = new URL("../../vectors/authzen/", import.meta.url);

/** A file of vectors. */
export function vector(path: string): string {
  return readFileSync(new URL(path, vectors), "utf8");
}

function registry(issuer: string): JsonObject {
  const agent = (id: string, scope: readonly string[]): JsonObject => ({
    id,
    owner: "owner@example.com",
    deputy: "deputy@example.com",
    purpose: `asks for decisions as ${id}`,
    tier: "T1",
    expires: "2099-01-01",
    bindings: [{ method: "enrolment" }],
    ceiling: { authorization_details: [], resource: [`${issuer}/access/v1`], scope },
  });
  return { agents: [agent("pep", ["authzen:evaluate"]), agent("curious", ["other:scope"])] };
}

/** What came back, read as JSON where it is. */
export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = response.headers.get("content-type") === "application/json";
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : undefined };
}

/** Starts one. The caller closes it. */
export async function startDecisionPoint(
  profile: string,
  options: Parameters<typeof startInstance>[0] = {},
): Promise<DecisionPoint> {
  const gate = await startInstance(options);
  const nonces: NonceMemory = new Map();
  const follow = async (name: string): Promise<void> => {
    const files = [
      { name: "authzen/profile.cedarschema", text: vector(`${name}/profile.cedarschema`) },
      { name: "authzen/policies.cedar", text: vector(`${name}/policies.cedar`) },
      { name: "tokens.cedar", text: TOKENS_FOR_ALL },
    ];
    const document = parseRegistryDocument({ ...registry(gate.issuer), policies: ["**/*"] });
    const publish = async (): Promise<void> => {
      const plan = gate.instance().registry.plan({ document, prune: false, files });
      if (plan.kind === "refused") throw new AggregateError(plan.problems, JSON.stringify(plan.problems));
      await plan.apply({ operator: randomId(), jws: "signed.by.test" });
    };
    // In production the first of two only proposes.
    if (options.environment === "prod") await publish().catch(() => undefined);
    await publish();
  };
  await follow(profile);
  const pep = await gate.join("pep");
  return {
    gate,
    pep,
    follow,
    async token(client = pep, scope = "authzen:evaluate") {
      const asked = { grant_type: "client_credentials", resource: `${gate.issuer}/access/v1`, scope };
      return (await client.request(asked)).accessToken;
    },
    async ask(path, { raw, body, headers }, accessToken, client = pep) {
      const request = {
        key: client.options.key,
        method: "POST",
        url: `${gate.issuer}${path}`,
        headers: { "content-type": "application/json", ...headers },
        body: raw ?? JSON.stringify(body),
        accessToken,
      };
      return answerOf(await sendWithProof(request, nonces, fetch));
    },
    close: () => gate.close(),
  };
}
