import type { JsonObject } from "@narrowgate/kernel";
import { isObject } from "../mcp/json-rpc.ts";
import {
  earlierVersions,
  gateInfo,
  metaClientCapabilities,
  metaClientInfo,
  metaProtocolVersion,
  metaServerInfo,
  modernVersion,
} from "../mcp/protocol.ts";
import type { UpstreamFacts, UpstreamReply } from "./upstream.ts";

/** What a handshake needs of a connection. */
export interface HandshakePeer {
  ask(method: string, params: JsonObject): Promise<UpstreamReply>;
  notify(method: string, params: JsonObject): void | Promise<void>;
}

/** A peer that is told what was agreed before it is spoken to again. */
export interface DiscoveringPeer extends HandshakePeer {
  agreed(facts: UpstreamFacts): void;
}

/** `_meta` of every request in the modern era. The gate declares no capability, so that nothing is asked back. */
export const modernMeta: JsonObject = {
  [metaClientCapabilities]: {},
  [metaClientInfo]: gateInfo,
  [metaProtocolVersion]: modernVersion,
};

const initializeParams: JsonObject = {
  capabilities: {},
  clientInfo: gateInfo,
  protocolVersion: earlierVersions[0] ?? "",
};

function textIn(value: JsonObject, name: string): string | undefined {
  const text = value[name];
  return typeof text === "string" ? text : undefined;
}

/** Reads the result of `initialize`. Trust: the upstream wrote it. @returns undefined when it speaks no known revision */
export function readInitialized(result: JsonObject): UpstreamFacts | undefined {
  const protocolVersion = textIn(result, "protocolVersion");
  if (protocolVersion === undefined || !earlierVersions.includes(protocolVersion)) return undefined;
  return { era: "earlier", protocolVersion, ...describe(result, result["serverInfo"]) };
}

/** Reads the result of `server/discover`. Trust: the upstream wrote it. @returns undefined when it is not of the modern era */
export function readDiscovered(result: JsonObject): UpstreamFacts | undefined {
  const versions = result["supportedVersions"];
  if (!Array.isArray(versions) || !versions.includes(modernVersion)) return undefined;
  const meta = isObject(result["_meta"]) ? result["_meta"] : {};
  return { era: "modern", protocolVersion: modernVersion, ...describe(result, meta[metaServerInfo]) };
}

function describe(
  result: JsonObject,
  info: JsonObject[string] | undefined,
): Pick<UpstreamFacts, "capabilities" | "serverInfo" | "instructions"> {
  const instructions = textIn(result, "instructions");
  return {
    capabilities: isObject(result["capabilities"]) ? result["capabilities"] : {},
    serverInfo: isObject(info) ? info : { name: "unnamed", version: "0" },
    ...(instructions === undefined ? {} : { instructions }),
  };
}

/** Opens the conversation with a child: `initialize`, or `server/discover` where the child no longer knows it. */
export async function shakeHands(peer: HandshakePeer): Promise<UpstreamFacts | undefined> {
  const opened = await peer.ask("initialize", initializeParams);
  if (opened.kind === "result") {
    const facts = readInitialized(opened.result);
    if (facts !== undefined) await peer.notify("notifications/initialized", {});
    return facts;
  }
  if (opened.kind !== "error") return undefined;
  const discovered = await peer.ask("server/discover", { _meta: modernMeta });
  return discovered.kind === "result" ? readDiscovered(discovered.result) : undefined;
}

/**
 * Opens the conversation with a server over HTTP: `server/discover`, and `initialize` where that is not known.
 * @see MCP 2026-07-28, Streamable HTTP, backward compatibility
 */
export async function discoverFirst(peer: DiscoveringPeer): Promise<UpstreamFacts | undefined> {
  const discovered = await peer.ask("server/discover", { _meta: modernMeta });
  const modern = discovered.kind === "result" ? readDiscovered(discovered.result) : undefined;
  if (modern !== undefined) {
    peer.agreed(modern);
    return modern;
  }
  // Nobody there: a second question would only take as long again.
  if (discovered.kind === "failed" && discovered.code === "upstream_timeout") return undefined;
  const opened = await peer.ask("initialize", initializeParams);
  const facts = opened.kind === "result" ? readInitialized(opened.result) : undefined;
  if (facts === undefined) return undefined;
  peer.agreed(facts);
  await peer.notify("notifications/initialized", {});
  return facts;
}
