import { resolve } from "node:path";
import { formatTrustFile } from "@narrowgate/contracts";
import { NarrowgateError, utf8 } from "@narrowgate/kernel";
import { openAdmin } from "../admin/admin-client.ts";
import { witnessWarnings } from "../admin/witness-warnings.ts";
import type { Call, CommandSpec } from "../command.ts";
import { keepHead } from "../evidence/kept-heads.ts";
import { makeTrust } from "../evidence/make-trust.ts";
import { writeBytes } from "../evidence/write-bytes.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { cleanText } from "../terminal/clean-text.ts";
import { withProgress } from "../terminal/progress.ts";

function thresholdOf(call: Call): number | undefined {
  const text = call.text("threshold");
  if (text === undefined) return undefined;
  if (/^\d{1,2}$/.test(text)) return Number(text);
  throw new NarrowgateError("usage", "--threshold must be a number of witnesses");
}

/** `narrowgate log trust` */
export const logTrust: CommandSpec = {
  path: ["log", "trust"],
  summary: "write a trust file from what you see now, for `verify --trust` and `log audit --trust`",
  details: [
    "It holds the log's key and newest head, the witnesses, the issuers of people, and the decision procedure. Whoever gets",
    "it should compare the log's key with you by another way. Bundles exported from",
    "here later show that the log has only been added to since; one exported before does not reach this head.",
  ],
  options: [
    { name: "output", value: "FILE", help: "file to write; it must not exist (default: print)" },
    { name: "threshold", value: "N", help: "how many witnesses must have cosigned (default: all)" },
    ...INSTANCE_OPTIONS,
  ],
  examples: [["narrowgate log trust -o trust.json", "then: narrowgate verify proof.json --trust trust.json"]],
  async run(call) {
    const admin = await openAdmin(call);
    const made = makeTrust(admin, thresholdOf(call));
    const { trust, note, withoutKeys } = await withProgress(call.terminal, "reading the log", made);
    const text = formatTrustFile(trust);
    await keepHead(call.env, note);
    const file = call.text("output");
    if (file !== undefined) await writeBytes(resolve(call.directory, file), utf8(text));
    for (const issuer of withoutKeys)
      call.terminal.note(`${cleanText(issuer)} publishes its keys elsewhere; add them to the file yourself`);
    for (const warning of await witnessWarnings(admin)) call.terminal.note(warning);
    if (trust.witnesses.threshold === 0)
      call.terminal.note("No witness is asked for: bundles will read `verified, unwitnessed`.");
    const [log] = trust.logs;
    const lines =
      file === undefined ? [text.trimEnd()] : [`${file}: ${log?.key ?? ""}, size ${log?.size ?? 0}`];
    return { json: { trust, ...(file === undefined ? {} : { file }) }, lines };
  },
};
