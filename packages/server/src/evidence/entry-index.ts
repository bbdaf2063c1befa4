import type { LeafDraft } from "@narrowgate/contracts";
import type { StateRow } from "../platform/store/store.ts";
import { draftRefused } from "./errors.ts";
import { ROOM_ENTRY_INDEX, sortableIndex } from "./rooms.ts";

/** Longer than any id or digest, shorter than what a store refuses as a key. */
const MAX_REF = 128;

function ref(draft: LeafDraft, member: string): string | undefined {
  const value = draft.body[member];
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value === "" || value.length > MAX_REF) {
    throw draftRefused(`${draft.type}.${member} is not a ref`);
  }
  return value;
}

/** A position of the feed has one leaf. */
function feedName({ body }: LeafDraft): string | undefined {
  return typeof body["feed"] === "number" ? `feed:${body["feed"]}` : undefined;
}

/** Names under which a leaf is found again, beside its id: what a later leaf names it by. */
function names(draft: LeafDraft): readonly (string | undefined)[] {
  const named = (what: string, member: string): string | undefined => {
    const value = ref(draft, member);
    return value === undefined ? undefined : `${what}:${value}`;
  };
  switch (draft.type) {
    case "genesis":
    case "boot":
    case "overlay":
      return [draft.type];
    case "key":
      return [named("key", "kid")];
    case "operator":
      return [named("operator", "operator")];
    case "registry":
      return [named(`registry:${ref(draft, "kind")}`, "ref")];
    case "decision": {
      // Nobody rests on it; but it is looked for: who proposed the policies that took the place of these.
      const { action, code } = draft.body;
      return action === "admin" && code === "conflict" ? [named("proposal", "policy")] : [];
    }
    case "policy":
      return [named("policy", "digest")];
    case "attestation":
      return [named("instance", "instance")];
    case "person":
      return [named("person", "person")];
    case "release":
      // Nobody rests on these two by name; pages look for what was said of a proposal, and for the newest evaluation.
      return [named("release", "proposal"), `released:${draft.agent ?? ""}`];
    case "assurance":
      return [`assurance:${ref(draft, "kind")}:${draft.agent ?? ""}`];
    case "revocation":
      return [named(`revocation:${ref(draft, "kind")}`, "id"), feedName(draft)];
    default:
      return [];
  }
}

/**
 * Index rows of a leaf that later leaves may rest on. Leaves of a transaction need none, for its chain is walked;
 * `read` leaves nobody rests on.
 * @throws `internal_error` when a ref in the body is none
 */
export function entryIndexRows(draft: LeafDraft, leafId: string, index: number): readonly StateRow[] {
  // A revocation may end what other transactions were given, and a label stays with an instance or a store into the next
  // transaction, whichever it was made in.
  const inChain = draft.txn !== undefined && draft.type !== "revocation" && draft.type !== "label";
  if (inChain || draft.type === "read") return [];
  const value = String(index);
  const rows: StateRow[] = [{ room: ROOM_ENTRY_INDEX, key: leafId, value }];
  for (const name of names(draft)) {
    if (name !== undefined)
      rows.push({ room: ROOM_ENTRY_INDEX, key: `${name}:${sortableIndex(index)}`, value });
  }
  return rows;
}
