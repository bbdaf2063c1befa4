import type { JsonObject } from "@narrowgate/kernel";
import { chainRegistry } from "./desk-registry.ts";

/** Agents that people sign in to: `desktop` with a browser, `other` the same elsewhere, `desk` beside the browser. */
export function consentRegistry(redirectUri: string, desktopMore: readonly JsonObject[] = []): JsonObject {
  const agent = (id: string, bindings: readonly JsonObject[], tier = "T2"): JsonObject => ({
    id,
    owner: "owner@example.com",
    deputy: "deputy@example.com",
    purpose: `test agent ${id}`,
    tier,
    expires: "2099-01-01",
    delegates: [],
    bindings,
    ceiling: {
      scope: ["files:read", "files:write"],
      authorization_details: [
        {
          type: "mcp_tool",
          server: "files",
          tools: ["read", "write"],
          data_class: "confidential",
          caps: { calls: 20 },
          constraints: { "/path": { prefix: "/tickets/" } },
        },
      ],
    },
  });
  const consent = (uri: string): JsonObject => ({ method: "consent", redirect_uris: [uri] });
  const { servers } = chainRegistry();
  return {
    agents: [
      agent("desktop", [consent(redirectUri), ...desktopMore]),
      agent("other", [consent(`${redirectUri}-other`)]),
      agent("desk", [{ method: "enrolment" }]),
      agent("grave", [consent(redirectUri)], "T3"),
    ],
    ...(servers === undefined ? {} : { servers }),
  };
}
