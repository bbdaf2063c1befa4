import { existsSync } from "node:fs";
import { join } from "node:path";
import { isNarrowgateError, NarrowgateError } from "@narrowgate/kernel";
import { sendOverSocket } from "../admin/socket-request.ts";
import type { PreparedInstance } from "./prepare-instance.ts";

async function answers(socket: string): Promise<boolean> {
  try {
    const headers = { "content-length": "0" };
    await sendOverSocket({ socket, method: "GET", path: "/status", headers, body: new Uint8Array() });
    return true;
  } catch (error) {
    // A socket that nobody answers at was left by a server that was killed.
    if (isNarrowgateError(error)) return false;
    throw error;
  }
}

/** Refuses a second server on one folder. @throws `conflict` naming the address of the one that runs */
export async function checkNotRunning({ folder, summary }: PreparedInstance): Promise<void> {
  const socket = join(summary.dataDirectory, "admin.sock");
  if (!existsSync(socket) || !(await answers(socket))) return;
  throw new NarrowgateError(
    "conflict",
    `Narrowgate runs already on ${folder}, at ${summary.baseUrl}; use that one, or end it first`,
  );
}
