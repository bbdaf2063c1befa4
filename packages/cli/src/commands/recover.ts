import { existsSync } from "node:fs";
import { join } from "node:path";
import { NarrowgateError } from "@narrowgate/kernel";
import type { CommandSpec } from "../command.ts";
import { startServer } from "../instance/server-process.ts";
import { dataDirectory } from "../places/directories.ts";
import { CONFIG_FILE, DATA_OPTION } from "../places/instance.ts";
import { withProgress } from "../terminal/progress.ts";
import { confirm } from "../terminal/terminal.ts";

/** `narrowgate recover` */
export const recover: CommandSpec = {
  path: ["recover"],
  summary: "go on from a store that is older than its anchor, under a new log origin",
  details: [
    "For when the newest copy is lost. The new log names where the old one ended; every earlier token is dead. The",
    "server must not be running.",
  ],
  options: [DATA_OPTION, { name: "yes", help: "do not ask" }],
  examples: [
    ["narrowgate recover --data /srv/gate", "asks first: what came after the copy is lost for good"],
  ],
  async run(call) {
    const folder = dataDirectory(call);
    const config = join(folder, CONFIG_FILE);
    if (!existsSync(config)) throw new NarrowgateError("store_missing", `there is no instance in ${folder}`);
    const question = "What came after this copy of the store is lost. Go on?";
    if (!call.flag("yes") && !(await confirm(call.terminal, question)))
      throw new NarrowgateError("usage", "nothing was changed");
    const server = startServer({ config, flags: ["--recover"], env: call.env });
    try {
      const { baseUrl } = await withProgress(call.terminal, "recovering", server.ready);
      return {
        json: { base_url: baseUrl },
        lines: [`recovered; start it again with: narrowgate up --data ${folder}`],
      };
    } finally {
      await server.stop();
    }
  },
};
