import {
  type ApprovedAction,
  actionDigest,
  type Declassification,
  declassificationDigest,
  type Label,
  type Leaf,
  openedMember,
  parseAction,
  parseDeclassification,
  type RenderedRow,
  renderAction,
  renderDeclassification,
} from "@narrowgate/contracts";
import type { Entry, Evidence } from "../evidence.ts";

type Approval = Entry<"approval">;

/** What people were asked about, as the request discloses it. */
export type AskedMatter =
  | { readonly kind: "call"; readonly action: ApprovedAction }
  | { readonly kind: "declassify"; readonly asked: Declassification };

/** What a yes says in its statement. */
export function yesOf({ kind }: Leaf<"approval">["body"]): "approve" | "declassify" {
  return kind === "declassify" ? "declassify" : "approve";
}

/**
 * What a request asks, where it is disclosed; a fault when it is not what its digest says.
 * @throws NarrowgateError `malformed_input`
 */
export function readMatter(
  { crypto }: Evidence,
  requested: Approval,
): AskedMatter | undefined | { readonly fault: string } {
  const opened = openedMember(requested.openings.content, "action");
  if (opened === undefined) return undefined;
  const { kind, digest } = requested.leaf.body;
  const matter: AskedMatter =
    kind === "declassify"
      ? { kind, asked: parseDeclassification(opened) }
      : { kind: "call", action: parseAction(opened) };
  const own =
    matter.kind === "call"
      ? actionDigest(crypto.sha256, matter.action)
      : declassificationDigest(crypto.sha256, matter.asked);
  return own === digest ? matter : { fault: "the action is not the one whose digest is on record" };
}

/** What the page showed; undefined where the reason of a call is not disclosed. */
export function renderMatter(
  matter: AskedMatter,
  read: Label,
  reason: unknown,
): readonly RenderedRow[] | undefined {
  if (matter.kind === "declassify") return renderDeclassification(matter.asked);
  return typeof reason === "string" ? renderAction(matter.action, reason, read) : undefined;
}
