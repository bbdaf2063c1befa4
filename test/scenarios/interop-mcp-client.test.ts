import {
  auth,
  Client,
  DpopSession,
  PrivateKeyJwtProvider,
  StreamableHTTPClientTransport,
  withDpop,
} from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ALL_BUT_IRREVERSIBLE, everythingRegistry, REFUSED_TOOLS } from "./harness/everything-registry.ts";
import { type ForeignAgent, joinForeign } from "./harness/foreign-agent.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

let gate: TestInstance;
let first: ForeignAgent;
const url = (): URL => new URL(`${gate.issuer}/mcp/everything`);

beforeAll(async () => {
  gate = await startInstance();
  await gate.apply(everythingRegistry(), ALL_BUT_IRREVERSIBLE);
  await gate.pin("everything");
  first = await joinForeign(gate, "first");
}, 60_000);

afterAll(() => gate.close());

/** The client's own provider for machines, with the one thing it lacks: the key of its assertions for its proofs. */
class BoundProvider extends PrivateKeyJwtProvider {
  readonly scopes: (string | undefined)[] = [];
  readonly #session: DpopSession;

  constructor(agent: ForeignAgent, session: DpopSession, scope?: string) {
    const { kty, crv, x, y, d } = agent.jwk;
    super({
      clientId: agent.id,
      privateKey: { kty, crv, x, y, d },
      algorithm: "ES256",
      expectedIssuer: gate.issuer,
      ...(scope === undefined ? {} : { scope }),
    });
    this.#session = session;
  }

  dpop(): DpopSession {
    return this.#session;
  }

  override prepareTokenRequest(scope?: string): URLSearchParams {
    this.scopes.push(scope);
    return super.prepareTokenRequest(scope);
  }
}

function sessionOf({ jwk, kid, pair }: ForeignAgent): Promise<DpopSession> {
  const { kty, crv, x, y } = jwk;
  return DpopSession.create({
    keyPair: { alg: "ES256", ...pair, publicJwk: { kty, crv, x, y }, thumbprint: kid },
  });
}

async function connect(
  transport: StreamableHTTPClientTransport,
  mode: "auto" | "legacy" = "auto",
): Promise<Client> {
  const client = new Client({ name: "foreign", version: "1.0.0" }, { versionNegotiation: { mode } });
  await client.connect(transport);
  return client;
}

describe.each(["auto", "legacy"] as const)("the official MCP client 2.4, %s", (mode) => {
  it("knows only the address of a server: it finds issuer and scopes, proves its key, and calls a tool", async () => {
    const authProvider = new BoundProvider(first, await sessionOf(first));
    const client = await connect(new StreamableHTTPClientTransport(url(), { authProvider }), mode);
    expect(client.getServerVersion()?.name).toBeDefined();
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain("echo");
    expect(tools.map(({ name }) => name)).not.toContain("get-env");
    const answer = await client.callTool({ name: "echo", arguments: { message: "through the gate" } });
    expect(answer).toMatchObject({ content: [{ type: "text", text: "Echo: through the gate" }] });
    await client.close();
  });

  it("asks again with the scope of the challenge when it has too little, and then may", async () => {
    const authProvider = new BoundProvider(first, await sessionOf(first));
    await auth(authProvider, { serverUrl: url(), scope: "everything:read" });
    expect(authProvider.tokens()?.scope).toBe("everything:read");
    const client = await connect(new StreamableHTTPClientTransport(url(), { authProvider }), mode);
    await client.callTool({ name: "echo", arguments: { message: "enough for this" } });
    const answer = await client.callTool({ name: "toggle-simulated-logging", arguments: {} });
    expect(answer.isError).not.toBe(true);
    expect(authProvider.scopes).toEqual(["everything:read", "everything:read everything:write"]);
    await client.close();
  });

  it("reads refusals as tool errors with a stable code, and does not ask for another token", async () => {
    const authProvider = new BoundProvider(first, await sessionOf(first));
    const client = await connect(new StreamableHTTPClientTransport(url(), { authProvider }), mode);
    for (const [name, code] of REFUSED_TOOLS) {
      const answer = await client.callTool({ name, arguments: {} });
      expect([answer.isError, Object(answer._meta).code]).toEqual([true, code]);
    }
    expect(authProvider.scopes).toHaveLength(1);
    await client.close();
  });

  it("takes a token from elsewhere through withDpop", async () => {
    const session = await sessionOf(first);
    const authProvider = new BoundProvider(first, session);
    await (await connect(new StreamableHTTPClientTransport(url(), { authProvider }), mode)).close();
    const token = (): string | undefined => authProvider.tokens()?.access_token;
    const bound = withDpop(session, token)(fetch);
    const client = await connect(new StreamableHTTPClientTransport(url(), { fetch: bound }), mode);
    const sum = await client.callTool({ name: "get-sum", arguments: { a: 2, b: 40 } });
    expect(JSON.stringify(sum)).toContain("42");
    await client.close();
  });
});
