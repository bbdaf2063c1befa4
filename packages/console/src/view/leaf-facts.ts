import { type BundleEntry, errorRow, isErrorCode, type Leaf } from "@narrowgate/contracts";
import type { JsonValue } from "@narrowgate/kernel";
import { bytesText, contentOf, inputOf, shownJson, textMember } from "./opened-leaf.ts";
import { visibleText } from "./visible-text.ts";

/** Something a leaf says, for a person. */
export interface Fact {
  readonly label: string;
  readonly value: string;
  /** JSON, bytes or ids: shown in fixed width. */
  readonly isCode: boolean;
}

type Fields = readonly (readonly [label: string, value: string | undefined, look?: "code"])[];

function facts(fields: Fields): readonly Fact[] {
  return fields.flatMap(([label, value, look]) =>
    value === undefined || value === ""
      ? []
      : [{ label, value: visibleText(value), isCode: look === "code" }],
  );
}

function jsonText(value: JsonValue | undefined): string | undefined {
  return value === undefined ? undefined : shownJson(value);
}

/** `server/name` of what a decision was about. */
export function toolOf(entry: BundleEntry): string | undefined {
  const call = inputOf(entry, "/call");
  const server = textMember(call, "server");
  const name = textMember(call, "name");
  if (server !== undefined && name !== undefined) return `${server}/${name}`;
  return textMember(contentOf(entry, "request"), "name");
}

function policiesText(value: JsonValue | undefined): string | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.length === 0 ? "none" : value.map((id: JsonValue) => String(id)).join(", ");
}

function decisionFacts(
  entry: BundleEntry,
  { code, policy, procedure, feed }: Leaf<"decision">["body"],
): Fields {
  const isCatalogued = code !== undefined && isErrorCode(code);
  const args = inputOf(entry, "/context/args");
  return [
    ["Tool", toolOf(entry)],
    ["Arguments", jsonText(args), "code"],
    ["Asked for", args === undefined ? jsonText(contentOf(entry, "request")) : undefined, "code"],
    ["Code", code, "code"],
    ["What it means", isCatalogued ? errorRow(code).sentence : undefined],
    ["Policies that decided", policiesText(contentOf(entry, "policies"))],
    ["Reason", textMember({ reason: contentOf(entry, "reason") ?? "" }, "reason")],
    ["Policy set", policy, "code"],
    ["Decision procedure", procedure, "code"],
    ["Revocation feed used", String(feed)],
  ];
}

function mandateFacts(entry: BundleEntry, { basis, expires }: Leaf<"mandate">["body"]): Fields {
  const document = contentOf(entry, "document");
  const basisText = {
    signed_by_subject: "signed by the subject",
    asserted_by_agent: "asserted by the agent alone",
    operator: "opened by an operator",
  };
  return [
    ["Subject", textMember(document, "subject")],
    ["Agent", textMember(document, "agent")],
    ["Purpose", textMember(document, "purpose")],
    ["Basis", basisText[basis]],
    ["Expires", new Date(expires * 1000).toISOString()],
  ];
}

function approvalFacts(
  entry: BundleEntry,
  { role, slot, person, credential, requires, not_after, digest }: Leaf<"approval">["body"],
): Fields {
  const name = contentOf(entry, "name");
  return [
    ["Signed by", typeof name === "string" ? name : person],
    ["Role", slot === undefined || slot === 1 ? role : `${role} (${slot})`],
    ["Person", person, "code"],
    ["Passkey", credential, "code"],
    ["Requires", requires?.join(", ")],
    ["Ends", not_after === undefined ? undefined : new Date(not_after).toISOString()],
    ["Action", digest, "code"],
  ];
}

/** What a leaf says beside its line in the story. */
export function factsOf(entry: BundleEntry): readonly Fact[] {
  const { leaf } = entry;
  switch (leaf.type) {
    case "decision":
      return facts(decisionFacts(entry, leaf.body));
    case "mandate":
      return facts(mandateFacts(entry, leaf.body));
    case "token":
      return facts([
        ["Granted", jsonText(contentOf(entry, "granted")), "code"],
        ["Key of the holder", leaf.body.jkt, "code"],
        ["Expires", new Date(leaf.body.expires_s * 1000).toISOString()],
      ]);
    case "dispatch":
      return facts([["Bytes forwarded", bytesText(contentOf(entry, "bytes")), "code"]]);
    case "outcome":
      return facts([
        ["Status", leaf.body.status],
        ["Answer", bytesText(contentOf(entry, "bytes")), "code"],
        ["Held for", `${leaf.body.held_ms} ms`],
      ]);
    case "revocation":
      return facts([
        ["Revoked", leaf.body.kind],
        ["Name", textMember({ name: contentOf(entry, "name") ?? "" }, "name")],
        ["Reason", textMember({ reason: contentOf(entry, "reason") ?? "" }, "reason")],
      ]);
    case "approval":
      return facts(approvalFacts(entry, leaf.body));
    case "attestation":
      return facts([
        ["Method", leaf.body.method],
        ["Code", leaf.body.code, "code"],
      ]);
    default:
      return [];
  }
}
