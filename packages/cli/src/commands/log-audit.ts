import { NarrowgateError } from "@narrowgate/kernel";
import { openAdmin } from "../admin/admin-client.ts";
import type { CommandSpec } from "../command.ts";
import { auditLog } from "../evidence/audit-log.ts";
import { readTrust, TRUST_OPTION } from "../evidence/check-bundle.ts";
import { NO_WITNESSES, readHead, statedLog, witnessPolicy } from "../evidence/read-head.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { cleanText } from "../terminal/clean-text.ts";
import { withProgress } from "../terminal/progress.ts";

/** `narrowgate log audit` */
export const logAudit: CommandSpec = {
  path: ["log", "audit"],
  summary: "read the whole log and check leaves, chains, tree and signed head; the reading is recorded",
  details: [
    "With --trust the log must also contain the head of that file, and its witnesses must have cosigned.",
  ],
  options: [TRUST_OPTION, ...INSTANCE_OPTIONS],
  examples: [["narrowgate log audit --trust trust.json", "exit code 8 when anything does not fit"]],
  async run(call) {
    const admin = await openAdmin(call);
    const trust = await readTrust(call);
    const stated = await statedLog(admin);
    const seen = trust?.logs.find(({ origin }) => origin === stated.origin);
    if (trust !== undefined && seen === undefined)
      throw new NarrowgateError(
        "verification_failed",
        `the trust file does not name ${cleanText(stated.origin)}`,
      );
    const policy =
      trust === undefined ? NO_WITNESSES : witnessPolicy(trust.witnesses.keys, trust.witnesses.threshold);
    const head = await readHead(admin, seen ?? stated, policy);
    const audit = await withProgress(call.terminal, "auditing", auditLog(admin, head, seen));
    const counts = Object.entries(audit.leaves).map(([type, count]) => `${count} ${type}`);
    const findings = audit.findings.map((finding) => ({ ...finding }));
    return {
      json: { ...audit, leaves: { ...audit.leaves }, findings, trusted: seen !== undefined },
      lines: [
        `${audit.origin}: ${audit.size} entries`,
        `leaves: ${counts.join(", ")}`,
        ...findings.map(({ index, rule, message }) => `entry ${index}: ${rule}: ${cleanText(message)}`),
        findings.length === 0 ? "sound" : "NOT sound",
        ...(seen === undefined
          ? ["warning: no trust file was given: the log was only held against its own key"]
          : []),
      ],
      exit: findings.length === 0 ? 0 : 8,
    };
  },
};
