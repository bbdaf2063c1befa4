import { openedMember } from "@narrowgate/contracts";
import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { type RecordedDecision, recordedDecision } from "@narrowgate/verifier";
import type { PoliciesPort } from "../admin/ports/policies-port.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { decisionPage, policyIndexes } from "../evidence/export/recorded-decisions.ts";
import { type OpenedEntry, openedEntry } from "../evidence/export/transaction-entries.ts";
import { OpeningReader } from "../evidence/openings.ts";
import { recordReading } from "../evidence/record-reading.ts";
import { auditorOf } from "./auditor-of.ts";
import type { PoliciesInForce } from "./policies-in-force.ts";
import { policyCauses } from "./policy-causes.ts";
import { shadowJson } from "./watch-decisions.ts";

type Body = { readonly digest: string; readonly procedure: string; readonly operator?: string };

function versionJson({ index, leaf }: OpenedEntry, version: number): JsonObject {
  if (leaf.type !== "policy")
    throw new NarrowgateError("verification_failed", "the index names a leaf that is no policy leaf");
  const { digest, procedure, operator }: Body = leaf.body;
  return {
    version,
    index,
    entry: leaf.id,
    at_ms: leaf.at,
    digest,
    procedure,
    ...(operator === undefined ? {} : { operator }),
  };
}

function decisionJson({
  id,
  txn,
  atMs,
  verdict,
  code,
  policies,
  requires,
  inputs,
}: RecordedDecision): JsonObject {
  return {
    id,
    txn,
    at_ms: atMs,
    verdict,
    ...(code === undefined ? {} : { code }),
    policies,
    requires,
    inputs: inputs.map((input) => ({ ...input })),
  };
}

function opened({ leaf, openings }: OpenedEntry): RecordedDecision | undefined {
  return leaf.type === "decision" ? recordedDecision({ leaf, openings }) : undefined;
}

/** What operators read of policies and decisions. Each reading of openings is recorded before it is answered. */
export function adminPolicies(
  evidence: Evidence,
  policies: PoliciesInForce,
  schemaInForce: () => string | undefined,
): PoliciesPort {
  const { store, custody } = evidence;
  const openings = new OpeningReader(store, custody.keyEncryption);
  const entry = (index: number): Promise<OpenedEntry> => openedEntry(store, openings, index);
  return {
    async versions() {
      const indexes = await policyIndexes(store);
      const entries: OpenedEntry[] = [];
      for (const index of indexes) entries.push(await entry(index));
      const causes = policyCauses(entries);
      return { versions: entries.map((found, i) => ({ ...versionJson(found, i + 1), ...causes[i] })) };
    },
    async version(asked, reader) {
      const indexes = await policyIndexes(store);
      const version = asked === 0 ? indexes.length : asked;
      if (indexes.length === 0)
        throw new NarrowgateError(
          "not_found",
          "there are no policies yet: put the first in force with `narrowgate policy publish FILE`, or with `narrowgate apply`",
        );
      const index = indexes[version - 1];
      if (index === undefined)
        throw new NarrowgateError("not_found", "there is no such version of the policies");
      const found = await entry(index);
      await recordReading(evidence, { from: index, count: 1 }, auditorOf(reader));
      return {
        ...versionJson(found, version),
        bundle: openedMember(found.openings.content, "bundle") ?? null,
      };
    },
    shadow: () => shadowJson(policies.shadow.status()),
    putShadow(files) {
      const schema = schemaInForce();
      if (schema === undefined)
        throw new NarrowgateError("policy_missing", "there is nothing a candidate could stand beside");
      const outcome = policies.shadowWith({ files, schema });
      if (outcome.kind === "compiled") return undefined;
      const problems = outcome.problems.map(({ file, line, message }) => ({
        path: line === undefined ? file : `${file}:${line}`,
        code: "policy_invalid" as const,
        message,
      }));
      return { kind: "refused", problems };
    },
    endShadow: () => policies.shadow.off(),
    async decisions(page, reader) {
      const { entries, next } = await decisionPage(store, openings, page);
      const first = entries[0]?.index ?? 0;
      const count = (entries.at(-1)?.index ?? first - 1) - first + 1;
      await recordReading(evidence, { from: first, count }, auditorOf(reader));
      const all = entries.map(opened);
      const decisions = all.filter((decision) => decision !== undefined);
      return {
        decisions: decisions.map(decisionJson),
        undisclosed: all.length - decisions.length,
        ...(next === undefined ? {} : { next }),
      };
    },
  };
}
