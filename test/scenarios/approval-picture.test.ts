import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessibilityProblems } from "../../packages/console/e2e/accessibility.ts";
import { openBrowser } from "../../packages/console/e2e/open-browser.ts";
import { takePicture } from "../../packages/console/e2e/picture.ts";
import { createApprovalPage } from "../../packages/server/src/approvals/index.ts";
import { approvalWorld } from "../../packages/server/test/approvals/approval-world.ts";

let browser: Awaited<ReturnType<typeof openBrowser>>;
const server = createServer();

beforeAll(async () => {
  browser = await openBrowser();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  await browser.close();
  server.close();
});

test("a request is read on a phone, line by line, and its picture is the documentation's", async () => {
  const { approvals, ask, clock } = await approvalWorld();
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const faults: unknown[] = [];
  const site = createApprovalPage({ approvals, clock, origin, report: (cause) => void faults.push(cause) });
  server.on("request", site.handle);
  const context = await browser.newContext({
    viewport: { width: 390, height: 1180 },
    locale: "en-GB",
    timezoneId: "UTC",
  });
  const page = await context.newPage();
  await page.goto(`${origin}/approve#${ask().handle}`);
  await page.getByText("Read every line.").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await takePicture(page, "approval");
  expect(faults).toEqual([]);
  await context.close();
});
