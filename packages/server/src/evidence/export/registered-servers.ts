import { type BundleEntry, openedMember } from "@narrowgate/contracts";
import { toBase64url } from "@narrowgate/kernel";
import { inclusionProof } from "@narrowgate/tlog";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";
import type { Evidence } from "../evidence.ts";
import { OpeningReader } from "../openings.ts";
import type { AuditorRequest } from "../public-log.ts";
import { recordReading } from "../record-reading.ts";
import { durableHashes } from "../tree-edge.ts";
import { ReferenceIndex } from "./closure.ts";
import { type OpenedEntry, openedEntry } from "./transaction-entries.ts";

function isRegistration({ leaf, openings }: OpenedEntry): boolean {
  return (
    leaf.type === "registry" &&
    leaf.body.kind === "server" &&
    openedMember(openings.content, "document") !== undefined
  );
}

/**
 * The registrations of each server with their inclusion under a head, oldest first; of one that was never registered
 * under this head there is none, and those that are erased are left out.
 * Guarantee: the `read` leaf is durable before the openings are given out (E-2).
 * @param refs - of servers; @param size - of the head
 * @see docs/spec/evidence-pack.md K-8
 */
export async function registeredServers(
  evidence: Evidence,
  { refs, size }: { readonly refs: readonly string[]; readonly size: number },
  auditor: AuditorRequest,
): Promise<readonly BundleEntry[]> {
  const index = new ReferenceIndex(evidence.store, size);
  const reader = new OpeningReader(evidence.store, evidence.custody.keyEncryption);
  const hashes = durableHashes(evidence.store, evidence.edge, size);
  const found: { readonly at: number; readonly entry: BundleEntry }[] = [];
  for (const ref of new Set(refs)) {
    for (const at of await index.all(`registry:server:${ref}`)) {
      const opened = await openedEntry(evidence.store, reader, at);
      const { content } = opened.openings;
      if (!isRegistration(opened) || content === undefined) continue;
      const inclusion = (await inclusionProof(nodeSha256, at, size, hashes)).map(toBase64url);
      found.push({ at, entry: { leaf: opened.leaf, inclusion, openings: { content } } });
    }
  }
  found.sort((a, b) => a.at - b.at);
  const [first] = found;
  if (first === undefined) return [];
  await recordReading(evidence, { from: first.at, count: found.length }, auditor);
  return found.map(({ entry }) => entry);
}
