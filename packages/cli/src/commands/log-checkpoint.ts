import { toBase64url } from "@narrowgate/kernel";
import { openAdmin } from "../admin/admin-client.ts";
import type { CommandSpec } from "../command.ts";
import { NO_WITNESSES, readHead, statedLog } from "../evidence/read-head.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";

/** `narrowgate log checkpoint` */
export const logCheckpoint: CommandSpec = {
  path: ["log", "checkpoint"],
  summary: "print the newest signed head of the log, with the cosignatures of witnesses",
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate log checkpoint", "a C2SP signed note; keep it to hold the log to it later"]],
  async run(call) {
    const admin = await openAdmin(call);
    const { note, checkpoint } = await readHead(admin, await statedLog(admin), NO_WITNESSES);
    const { origin, size, root } = checkpoint;
    return { json: { origin, size, root: toBase64url(root), note }, lines: [note.trimEnd()] };
  },
};
