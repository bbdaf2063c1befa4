import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Admin } from "../wire/admin.ts";
import { randomText } from "../wire/key.ts";
import { jsonOf, listAt, textAt } from "../wire/reading.ts";
import { stageEnvironment } from "./environment.ts";
import { codeBeside, type Sandbox } from "./sandbox.ts";

/** The root over no leaf: every head extends it. */
const NOTHING_SEEN = { size: 0, root: "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU" };

/** Keys of an instance, as somebody outside holds them who has seen no head of it yet. */
export async function trustOf({ admin, approvals }: Sandbox): Promise<object> {
  const { body } = await admin.read("/status");
  const log = { origin: textAt(body, "log", "origin"), key: textAt(body, "log", "key") };
  return {
    format: "narrowgate-trust/1",
    logs: [{ ...log, ...NOTHING_SEEN }],
    witnesses: { keys: [], threshold: 0 },
    issuers: [],
    approvals: { origin: approvals, rp_id: textAt(body, "approvals", "rp_id") },
    procedures: [textAt(body, "procedure")],
  };
}

/** The proof of a transaction, as text; empty where there is none. */
export async function bundleOf(admin: Admin, txn: string): Promise<string> {
  const answer = await admin.send("GET", `/transactions/${txn}/bundle`);
  return answer.status === 200 ? answer.text : "";
}

/** What the offline verifier said. */
export interface Checked {
  readonly isVerified: boolean;
  /** Its verdict, or that it took the file for none. */
  readonly says: string;
}

/** Has a proof checked by a process of its own, that is given two files and asked nothing else. */
export async function checkOffline(
  verifier: readonly string[],
  folder: string,
  files: { readonly bundle: string; readonly trust: object },
): Promise<Checked> {
  // Several are checked at a time.
  const name = randomText(6);
  const [bundle, trust] = [join(folder, `proof-${name}.json`), join(folder, `trust-${name}.json`)];
  await writeFile(bundle, files.bundle, { mode: 0o600 });
  await writeFile(trust, JSON.stringify(files.trust), { mode: 0o600 });
  const [program = "", ...args] = verifier;
  const child = spawn(program, [...args, bundle, "--trust", trust, "--json"], {
    stdio: ["ignore", "pipe", "ignore"],
    env: stageEnvironment(process.env, codeBeside(folder)),
  });
  const ended = new Promise<number>((resolve) => {
    child.once("exit", (code) => resolve(code ?? 1));
    child.once("error", () => resolve(1));
  });
  const said = await text(child.stdout);
  const code = await ended;
  const report = jsonOf(said);
  const [first] = listAt(report, "failures");
  const why = first === undefined ? "" : `, ${textAt(first, "rule")}: ${textAt(first, "message")}`;
  const verdict = textAt(report, "verdict");
  const says = verdict === "" ? `refused with exit code ${code}` : `${verdict}${why}`;
  return { isVerified: code === 0, says };
}
