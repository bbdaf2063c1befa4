import type { JsonObject } from "@narrowgate/kernel";
import { digestFor, idFor, txnFor } from "./story.ts";

type Cast = {
  readonly [name in
    | "agent"
    | "helper"
    | "server"
    | "operator"
    | "owner"
    | "deputy"
    | "approver"
    | "mandate"
    | "instance"
    | "helperInstance"
    | "txn"
    | "origin"
    | "issuer"
    | "policy"
    | "procedure"
    | "build"
    | "release"
    | "deployment"
    | "proposal"]: string;
} & { readonly signers: { readonly [role in "compliance" | "iam" | "pam" | "security"]: string } };

/** Who and what takes part in the stories; refs of names. */
export const cast: Cast = {
  agent: idFor("agent triage"),
  helper: idFor("agent fetcher"),
  server: idFor("server files"),
  operator: idFor("operator ada"),
  owner: idFor("person owner"),
  deputy: idFor("person deputy"),
  approver: idFor("person approver"),
  signers: {
    compliance: idFor("person compliance"),
    iam: idFor("person iam"),
    pam: idFor("person pam"),
    security: idFor("person security"),
  },
  mandate: idFor("mandate"),
  instance: idFor("instance triage"),
  helperInstance: idFor("instance fetcher"),
  txn: txnFor("task"),
  origin: "gate.example/log/main",
  issuer: "https://gate.example",
  policy: digestFor("policy"),
  procedure: digestFor("procedure"),
  build: digestFor("build"),
  release: digestFor("release"),
  deployment: digestFor("deployment"),
  proposal: idFor("proposal"),
};

/** Name of a token as leaves have it. */
export function tok(name: string): string {
  return digestFor(`token ${name}`);
}

/** Thumbprint of somebody's key. */
export function jktOf(name: string): string {
  return digestFor(`key ${name}`);
}

/** Operations of the one server: a read, a write, and one that cannot be undone. */
export const operations: readonly JsonObject[] = [
  { name: "read_text", dataClass: "internal", effect: "read", egress: false, scope: "files:read" },
  { name: "write_text", dataClass: "internal", effect: "write", egress: false, scope: "files:write" },
  { name: "send_money", dataClass: "internal", effect: "irreversible", egress: true, scope: "files:write" },
];

/** Wire form of an authority over these tools. */
export function authorityOver(tools: readonly string[], depth = 2): JsonObject {
  return {
    scope: ["files:read", "files:write"],
    resource: [`${cast.issuer}/mcp/files`],
    authorization_details: [
      { type: "mcp_tool", server: "files", tools: [...tools], data_class: "internal", depth },
    ],
  };
}
