import type { AgentRecord, MandateRecord, ServerRecord, ToolRecord } from "@narrowgate/contracts";
import { type JsonObject, randomId } from "@narrowgate/kernel";
import { digestOf, digestOfJson } from "../../src/gateway/digest.ts";
import type { CallVerdict } from "../../src/gateway/ports.ts";
import { operation } from "./registered-operation.ts";

export const NOW_S = 1_795_000_000;
export const BASE = "https://gate.example";
export const URL_OF_FILES = `${BASE}/mcp/files`;
export const POLICY: string = digestOf("policy");
export const PROCEDURE: string = digestOf("procedure");

/** What a server states of one of its operations. */
export function definitionOf(name: string, more: JsonObject = {}): JsonObject {
  return { name, description: `does ${name}`, inputSchema: { type: "object" }, ...more };
}

/** An approved operation. */
export function pinned(name: string, over: Partial<ToolRecord> = {}): ToolRecord {
  const definition = over.pin?.definition ?? definitionOf(name);
  return operation(name, {
    pin: { digest: digestOfJson(definition), definition, entry: randomId() },
    ...over,
  });
}

export function agentRecord(over: Partial<AgentRecord> = {}): AgentRecord {
  return {
    id: "triage",
    ref: randomId(),
    entry: randomId(),
    version: 1,
    state: "active",
    owner: "Ada",
    deputy: "Grace",
    purpose: "sort mail",
    tier: "T2",
    expires: NOW_S + 86_400,
    delegates: [],
    ceiling: {},
    bindings: [],
    ...over,
  };
}

export function mandateRecord(): MandateRecord {
  return {
    id: randomId(),
    txn: `${randomId()}.${randomId()}`,
    entry: randomId(),
    document: {
      v: 1,
      salt: randomId(),
      agent: "triage",
      subject: "https://idp.example#ada",
      purpose: "sort mail",
      authority: { authorization_details: [], resource: [], scope: [] },
      expires: NOW_S + 3600,
      idleSeconds: 600,
    },
    digest: digestOf("mandate"),
    subjectRef: randomId(),
    basis: "signed_by_subject",
    state: "open",
    openedAtMs: NOW_S * 1000,
  };
}

export function serverRecord(over: Partial<ServerRecord> = {}): ServerRecord {
  return {
    id: "files",
    ref: randomId(),
    entry: randomId(),
    version: 1,
    state: "active",
    upstream: { transport: "stdio", command: ["files"], isolation: "none" },
    tools: [pinned("read"), pinned("write", { effect: "write" })],
    prompts: [pinned("greet")],
    resources: [],
    allowUpstreamRequests: [],
    ...over,
  };
}

/** A verdict in its full form. */
export function verdictOf(over: Partial<CallVerdict> = {}): CallVerdict {
  return {
    verdict: "permit",
    policies: ["allow"],
    reason: "a reason",
    policy: POLICY,
    procedure: PROCEDURE,
    inputs: [{ path: "/action/id", value: "read", from: { by: "gate" } }],
    ...over,
  };
}
