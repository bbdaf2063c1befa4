import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Admin } from "../wire/admin.ts";
import { at, jsonOf, textAt } from "../wire/reading.ts";
import type { Sandbox } from "./sandbox.ts";

/** What somebody outside keeps of an instance: keys, and the newest head seen. */
export async function trustOf(sandbox: Sandbox): Promise<object> {
  const { body } = await sandbox.admin.read("/status");
  const [origin = "", size = "0", root = ""] = (await sandbox.checkpoint()).split("\n");
  return {
    format: "narrowgate-trust/1",
    logs: [
      {
        origin,
        key: textAt(body, "log", "key"),
        size: Number(size),
        root: Buffer.from(root, "base64").toString("base64url"),
      },
    ],
    witnesses: { keys: [], threshold: 0 },
    issuers: [],
    approvals: { origin: sandbox.approvals, rp_id: textAt(body, "approvals", "rp_id") },
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
  const [bundle, trust] = [join(folder, "proof.json"), join(folder, "trust.json")];
  await writeFile(bundle, files.bundle, { mode: 0o600 });
  await writeFile(trust, JSON.stringify(files.trust), { mode: 0o600 });
  const [program = "", ...args] = verifier;
  const child = spawn(program, [...args, bundle, "--trust", trust, "--json"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = new Promise<number>((resolve) => {
    child.once("exit", (code) => resolve(code ?? 1));
    child.once("error", () => resolve(1));
  });
  const said = await text(child.stdout);
  const code = await ended;
  const verdict = at(jsonOf(said), "verdict");
  const says = typeof verdict === "string" ? verdict : `refused with exit code ${code}`;
  return { isVerified: code === 0, says };
}
