import { openAdmin } from "../admin/admin-client.ts";
import { textAt } from "../admin/read-answer.ts";
import type { CommandSpec } from "../command.ts";
import { whyNoPages } from "../instance/pages-built.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { cleanText } from "../terminal/clean-text.ts";

/** `narrowgate console code` */
export const consoleCode: CommandSpec = {
  path: ["console", "code"],
  summary: "make a one-time code to look at the pages in a browser",
  details: [
    "Type it on the sign-in page within five minutes. What is read there is recorded in the log under your name.",
  ],
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate console code", "then open the instance's address and type the code"]],
  async run(call) {
    const admin = await openAdmin(call);
    const made = await admin.send("POST", "/console/codes", {});
    const why = await whyNoPages(admin.place.baseUrl);
    if (why !== undefined)
      call.terminal.note(`${call.terminal.paint("warn", "no pages:")} ${cleanText(why, 400)}`);
    return { json: made, lines: [`code: ${textAt(made, "code")}`, `type it at ${admin.place.baseUrl}/`] };
  },
};
