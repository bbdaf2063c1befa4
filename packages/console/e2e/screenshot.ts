import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { formatTrustFile } from "@narrowgate/contracts";
import { createNodeEngine, startConsoleServer } from "@narrowgate/testkit/pages";
import { buildConsole } from "./build-console.ts";
import { openBrowser } from "./open-browser.ts";
import { sampleTransaction } from "./sample-transactions.ts";

/** Where the README looks for its picture. */
const picture = fileURLToPath(new URL("../../../docs/images/console.png", import.meta.url));

const sample = await sampleTransaction(createNodeEngine());
const built = await buildConsole();
const server = await startConsoleServer({ distDirectory: built.directory, transactions: [sample] });
const browser = await openBrowser();
try {
  const page = await browser.newPage({ viewport: { width: 1100, height: 1420 } });
  await page.goto(`${server.url}/txn/${sample.summary.id}`);
  await page.getByLabel("Code").fill(server.issueCode());
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByTestId("verdict").waitFor();
  await page.getByLabel("Trust file", { exact: true }).setInputFiles({
    name: "trust.json",
    mimeType: "application/json",
    buffer: Buffer.from(formatTrustFile(sample.recorded.trust())),
  });
  await page
    .getByTestId("verdict")
    .filter({ hasText: /verified$/ })
    .waitFor();
  await page.evaluate(() => scrollTo(0, 0));
  await mkdir(fileURLToPath(new URL(".", `file://${picture}`)), { recursive: true });
  await page.screenshot({ path: process.argv[2] ?? picture });
} finally {
  await browser.close();
  await server.close();
  await built.remove();
}
