import { parseReleaseManifest, type ServerRecord } from "@narrowgate/contracts";
import { describe, expect, test } from "vitest";
import { agentRecord, issuer, serverRecord } from "../../../test/releases/release-records.ts";
import { sha256Base64url } from "../../platform/crypto-hash/sha256.ts";
import { buildManifest, objectWithoutIssuer } from "./build-manifest.ts";

const [record = expect.unreachable()] = serverRecord().tools;

/** What would be released of agents whose ceiling reaches everything of these servers. */
function released(servers: readonly ServerRecord[], delegates: readonly string[] = []) {
  const bounds = { data_class: "restricted" };
  const authorization_details = servers.flatMap(({ id: server }) => [
    { type: "mcp_tool", server, tools: ["list", "refund"], ...bounds },
    { type: "mcp_prompt", server, prompts: ["list", "refund"], ...bounds },
    { type: "mcp_resource", server, uris: { prefix: "pay://" }, ...bounds },
  ]);
  return buildManifest({
    issuer,
    agent: { ...agentRecord(), delegates, ceiling: { scope: "pay", authorization_details } },
    servers,
    policies: [],
    procedure: sha256Base64url("procedure"),
    attested: [],
    declared: {},
  });
}

describe("a ceiling as it is released", () => {
  test("is all that is registered, its limits among it", () => {
    const ceiling = { limit: 100, once: true, ratio: 0.5, none: null, within: [{ rows: 5 }, [7, false]] };
    expect(objectWithoutIssuer(ceiling, issuer)).toEqual(ceiling);
  });

  test("says of texts that begin with our own address, and of no others, that it is ours", () => {
    const texts = [issuer, `${issuer}/mcp/payments`, `${issuer}.example.org/mcp`, `at ${issuer}`];
    expect(objectWithoutIssuer({ texts }, issuer)).toEqual({
      texts: ["{issuer}", "{issuer}/mcp/payments", ...texts.slice(2)],
    });
  });
});

describe("operations as they are released", () => {
  test("stand by server, kind and name, in whatever order they were registered", () => {
    const server = (id: string): ServerRecord => ({
      ...serverRecord(),
      id,
      prompts: [record, { ...record, name: "list" }],
      resources: [{ ...record, name: "pay://" }],
    });
    const { tools } = released([server("payments"), server("accounts")]);
    const ofOne = ["prompt list", "prompt refund", "resource pay://", "tool list", "tool refund"];
    expect(tools.map(({ server: id, kind, name }) => `${id} ${kind} ${name}`)).toEqual([
      ...ofOne.map((name) => `accounts ${name}`),
      ...ofOne.map((name) => `payments ${name}`),
    ]);
  });

  test("say that nobody vouches for what they answer, or that somebody does, or neither", () => {
    const vouched = [true, false, undefined].map((untrusted, i): ServerRecord => {
      const tool = { ...record, name: "refund" };
      return {
        ...serverRecord(),
        id: `server-${i}`,
        tools: [untrusted === undefined ? tool : { ...tool, untrusted }],
      };
    });
    const { tools } = released(vouched);
    expect(tools.map((tool) => ("untrusted" in tool ? tool.untrusted : "not said"))).toEqual([
      true,
      false,
      "not said",
    ]);
  });

  test("may have the client asked the same, in whatever order and however often that is registered", () => {
    const asks = ["sampling/createMessage", "elicitation/create", "sampling/createMessage"] as const;
    const [first] = released([{ ...serverRecord(), allowUpstreamRequests: asks }]).tools;
    expect(first?.asks).toEqual(["elicitation/create", "sampling/createMessage"]);
  });
});

test("rules for answers and delegates stand in one order, in whatever order they were registered", () => {
  const responseRules = ["a", "b", "c", "d", "e"].map((text) => ({
    when: { pattern: text },
    label: { untrusted: true as const },
  }));
  const [one, other] = [responseRules, responseRules.toReversed()].map((rules) =>
    released([{ ...serverRecord(), responseRules: [...rules, ...rules] }], ["triage", "sorting", "triage"]),
  );
  expect(one?.response_rules).toHaveLength(5);
  expect(other).toEqual(one);
  expect(parseReleaseManifest(one).agent.delegates).toEqual(["sorting", "triage"]);
});
