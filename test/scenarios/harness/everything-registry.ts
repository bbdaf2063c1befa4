import { createRequire } from "node:module";
import type { JsonObject } from "@narrowgate/kernel";
import { firstAndSecond } from "./registered-agent.ts";

const { resolve } = createRequire(import.meta.url);
const READS = [
  "echo",
  "get-annotated-message",
  "get-resource-links",
  "get-resource-reference",
  "get-structured-content",
  "get-sum",
  "get-tiny-image",
  "trigger-long-running-operation",
];
const WRITES = ["toggle-simulated-logging"];
const IRREVERSIBLE = ["toggle-subscriber-updates"];
const PROMPTS = ["simple-prompt", "args-prompt", "resource-prompt"];
const FAMILY = "demo://resource/";
/** What is beyond the ceiling. */
const BEYOND = ["get-tiny-image"];

/** Tools that are refused to everybody, and the code of the refusal. */
export const REFUSED_TOOLS: readonly (readonly [string, string])[] = [
  ["get-env", "tool_unknown"],
  ["get-tiny-image", "authority_exceeded"],
  ["toggle-subscriber-updates", "policy_denied"],
];

/** Path of the program of `server-everything`, the protocol's own server with one of each. */
export const EVERYTHING_PROGRAM: string = resolve("@modelcontextprotocol/server-everything/dist/index.js");

/** It, as a child of the gate. */
export const EVERYTHING_CHILD: JsonObject = {
  transport: "stdio",
  command: [process.execPath, EVERYTHING_PROGRAM],
  isolation: "none",
};

/**
 * `server-everything` over stdio, and two agents that may use it: `first` may hand on to `second`. Its tool `get-env` is
 * not registered, `get-tiny-image` is beyond everybody's ceiling, and policy refuses `toggle-subscriber-updates`.
 */
export function everythingRegistry(): JsonObject {
  const inside = READS.filter((name) => !BEYOND.includes(name));
  const details = [
    {
      type: "mcp_tool",
      server: "everything",
      tools: [...inside, ...WRITES, ...IRREVERSIBLE],
      data_class: "internal",
    },
    { type: "mcp_prompt", server: "everything", prompts: PROMPTS, data_class: "internal" },
    { type: "mcp_resource", server: "everything", uris: { prefix: FAMILY }, data_class: "internal" },
  ];
  const tool = (effect: string) => (name: string) => ({
    name,
    data_class: "internal",
    effect,
    egress: false,
  });
  return {
    agents: firstAndSecond(details),
    servers: [
      {
        id: "everything",
        upstream: EVERYTHING_CHILD,
        tools: [
          ...READS.map(tool("read")),
          ...WRITES.map(tool("write")),
          ...IRREVERSIBLE.map(tool("irreversible")),
        ],
        prompts: PROMPTS.map((name) => ({ name, data_class: "internal" })),
        resources: [{ prefix: FAMILY, data_class: "internal" }],
      },
    ],
  };
}

/** The same, with agents that people sign in to, by these rules. */
export function consentingEverything(bindings: readonly JsonObject[]): JsonObject {
  const { agents, ...rest } = everythingRegistry();
  const consenting = (Array.isArray(agents) ? agents : []).map((agent) => ({ ...Object(agent), bindings }));
  return { ...rest, agents: consenting };
}

/** Permits every token and every operation. */
export const PERMIT_ALL = `
@id("all")
@reason("everything, within authority")
permit (principal, action, resource);
`;

/** Permits every token and every operation but irreversible ones. */
export const ALL_BUT_IRREVERSIBLE: string = `${PERMIT_ALL}
@id("nothing-irreversible")
@reason("nothing irreversible")
forbid (principal, action == Action::"call_tool", resource)
when { resource.effect == "irreversible" };
`;
