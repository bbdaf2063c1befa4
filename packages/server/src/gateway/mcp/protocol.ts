/** The revision that carries version and capabilities in every request. */
export const modernVersion = "2026-07-28";

/** Revisions that open a session with `initialize`, newest first. */
export const earlierVersions: readonly string[] = ["2025-11-25", "2025-06-18", "2025-03-26"];

/** All revisions the gate speaks, newest first. */
export const supportedVersions: readonly string[] = [modernVersion, ...earlierVersions];

/** `_meta` key: revision of this request. */
export const metaProtocolVersion = "io.modelcontextprotocol/protocolVersion";
/** `_meta` key: what the client can do. */
export const metaClientCapabilities = "io.modelcontextprotocol/clientCapabilities";
/** `_meta` key: what the client calls itself; never a ground for a decision. */
export const metaClientInfo = "io.modelcontextprotocol/clientInfo";
/** `_meta` key: what the server calls itself. */
export const metaServerInfo = "io.modelcontextprotocol/serverInfo";
/** `_meta` key: the request that opened a subscription. */
export const metaSubscriptionId = "io.modelcontextprotocol/subscriptionId";

/** How the gate names itself to clients and upstreams. */
export const gateInfo: { readonly name: string; readonly version: string } = {
  name: "narrowgate",
  version: "0.1.0",
};
