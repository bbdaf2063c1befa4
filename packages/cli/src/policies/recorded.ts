import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseInputsOpening } from "@narrowgate/contracts";
import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import type { PolicyBundle } from "@narrowgate/policy";
import {
  type RecordedDecision,
  type RecordedTransaction,
  readRecordedTransaction,
} from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import type { AdminClient } from "../admin/admin-client.ts";
import { asObject, objectsAt, textAt, textsAt } from "../admin/read-answer.ts";

function numberAt(from: JsonObject, name: string): number {
  const value = from[name];
  return typeof value === "number" ? value : 0;
}

function readDecision(row: JsonObject): RecordedDecision {
  const code = textAt(row, "code");
  const inputs = parseInputsOpening(row.inputs);
  return {
    id: textAt(row, "id"),
    txn: textAt(row, "txn"),
    atMs: numberAt(row, "at_ms"),
    verdict: textAt(row, "verdict") === "permit" ? "permit" : "refuse",
    ...(code === "" ? {} : { code }),
    policies: textsAt(row, "policies"),
    requires: textsAt(row, "requires"),
    inputs: inputs.flatMap((input) => ("commitment" in input ? [] : [input])),
  };
}

/** Streams recorded decisions from an instance, a page at a time; each page is recorded as a reading there. */
export async function* decisionsSince(
  admin: AdminClient,
  sinceMs: number,
): AsyncGenerator<readonly RecordedDecision[]> {
  for (let query = `since=${sinceMs}`; ; ) {
    const page = await admin.send("GET", `/decisions?${query}`);
    yield objectsAt(page, "decisions").map(readDecision);
    if (page.next === undefined) return;
    query = `since=${sinceMs}&from=${numberAt(page, "next")}`;
  }
}

/** The bundle of one version; 0 is the newest. @throws `not_found` */
export async function fetchBundle(admin: AdminClient, version = 0): Promise<PolicyBundle> {
  const { bundle } = await admin.send("GET", `/policies/${version}`);
  const { files, schema } = asObject(bundle);
  if (!Array.isArray(files) || typeof schema !== "string")
    throw new NarrowgateError("not_found", "the files of this version are not there any more");
  return {
    files: files.map(asObject).map((file) => ({ name: textAt(file, "name"), text: textAt(file, "text") })),
    schema,
  };
}

/** Texts of the overlays that an instance lists, by the id of the leaf: those in force, and those that were over lately. */
export async function fetchOverlays(admin: AdminClient): Promise<ReadonlyMap<string, string>> {
  const rows = objectsAt(await admin.send("GET", "/overlays"), "overlays");
  return new Map(rows.map((row) => [textAt(row, "id"), textAt(row, "text")]));
}

/** Reads exported transactions from files. @throws `malformed_input`, `not_found` */
export function readBundles(directory: string, names: readonly string[]): Promise<RecordedTransaction[]> {
  const { sha256 } = nodeCrypto();
  return Promise.all(
    names.map(async (name) => readRecordedTransaction(sha256, await readFile(resolve(directory, name)))),
  );
}
