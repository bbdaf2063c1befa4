/** Program: starts children as a server does, prints a line for each as it comes up, and waits to be killed. */
import { writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { startChild } from "../../src/gateway/upstream/stdio/child-process.ts";

const program = fileURLToPath(new URL("./children/outliving.mjs", import.meta.url));
const [count = "1", ended = "0"] = process.argv.slice(2);

for (let n = 0; n < Number(count); n++) {
  const child = startChild(
    {
      upstream: { transport: "stdio", command: [process.execPath, program], isolation: "none" },
      isolation: { home: tmpdir(), release() {} },
      path: "",
      messageBytes: 1_024,
    },
    {
      onLine(line) {
        writeSync(1, `${Buffer.from(line).toString("utf8")}\n`);
        // The first of them end before their server does.
        if (n < Number(ended)) void child.end();
      },
      onLog: (text) => writeSync(2, text),
      onEnd: () => writeSync(1, "ended\n"),
    },
  );
}
