import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { formatTrustFile } from "@narrowgate/contracts";
import { createNodeEngine, startConsoleServer } from "@narrowgate/testkit/pages";
import { buildConsole } from "./build-console.ts";
import { signIn } from "./console-visits.ts";
import { openBrowser } from "./open-browser.ts";
import { busyHouse } from "./sample-house.ts";
import { sampleTransaction } from "./sample-transactions.ts";

/** Where the README looks for its picture, and the one of the home page beside it. */
const picture =
  process.argv[2] ?? fileURLToPath(new URL("../../../docs/images/console.png", import.meta.url));
const homePicture = join(dirname(picture), "console-home.png");

const sample = await sampleTransaction(createNodeEngine());
const built = await buildConsole();
const server = await startConsoleServer({
  distDirectory: built.directory,
  transactions: [sample],
  house: busyHouse,
});
const browser = await openBrowser();
try {
  const page = await browser.newPage({ viewport: { width: 1100, height: 1420 } });
  await page.goto(server.url);
  await signIn({ page, server });
  await page.getByText("wait in all").waitFor();
  await mkdir(dirname(picture), { recursive: true });
  await page.screenshot({ path: homePicture });
  await page.goto(`${server.url}/txn/${sample.summary.id}`);
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
  await page.screenshot({ path: picture });
} finally {
  await browser.close();
  await server.close();
  await built.remove();
}
