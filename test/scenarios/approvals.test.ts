import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { callTool, openSession } from "@narrowgate/agent";
import { parseLeafBytes } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { accessibilityProblems } from "../../packages/console/e2e/accessibility.ts";
import { openBrowser } from "../../packages/console/e2e/open-browser.ts";
import { listenApprovals } from "../../packages/server/src/compose/approval-origin.ts";
import { BANK_DETAIL, bankRegistry, FOUR_EYES } from "./harness/bank-registry.ts";
import { freePort } from "./harness/free-port.ts";
import { registeredAgent } from "./harness/registered-agent.ts";
import { startProgram } from "./harness/server-program.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";
import { failedRules, verifiedExport } from "./harness/verified-export.ts";
import { addAuthenticator } from "./harness/virtual-authenticator.ts";

const OPERATOR = { operator: "A".repeat(22), jws: "signed.by.test" };

const REGISTRY: JsonObject = bankRegistry([
  registeredAgent("caller", [BANK_DETAIL], { purpose: "test of approvals" }),
]);

let gate: TestInstance;
let browser: Browser;

/** A browser of her own, with the virtual authenticator of Chromium: resident keys, and the person verified. */
async function personsBrowser(isVerified = true): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await addAuthenticator(context, page, isVerified);
  return { context, page };
}

/** Enrols a person, who makes her passkey on the page for it. */
async function enrolled(name: string, identities: readonly string[] = []): Promise<Page> {
  const { page } = await personsBrowser();
  const { people } = gate.instance();
  const { code } = await people.invite({ name, roles: ["approver"], identities }, OPERATOR);
  await page.goto(`${gate.config.approvals?.origin}/people/enrol`);
  await page.getByLabel("Code").fill(code);
  await page.getByRole("button", { name: "Make a passkey" }).click();
  await page.getByText("your passkey is ready").waitFor();
  return page;
}

const urls = (): readonly string[] =>
  gate
    .instance()
    .approvals?.list()
    .map(({ url }) => url) ?? [];

/** Somebody who is told of requests: what came, with its signature. */
const told: { body: string; headers: IncomingHttpHeaders }[] = [];
const receiver = createServer((request, response) => {
  let body = "";
  request.setEncoding("utf8").on("data", (part: string) => {
    body += part;
  });
  request.on("end", () => {
    told.push({ body, headers: request.headers });
    response.writeHead(204).end();
  });
});
const SECRET = randomBytes(32);

beforeAll(async () => {
  browser = await openBrowser();
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  vi.stubEnv("TEST_WEBHOOK_SECRET", `whsec_${SECRET.toString("base64")}`);
  const hook = `http://localhost:${(receiver.address() as AddressInfo).port}/hook`;
  const port = await freePort();
  const place = { origin: `http://localhost:${port}`, listen: { host: "127.0.0.1", port } };
  const webhooks = [{ url: hook, secret_variable: "TEST_WEBHOOK_SECRET" }];
  const fetch = { allowed_hosts: ["localhost"] };
  gate = await startInstance({ config: { approvals: { ...place, webhooks }, fetch } });
  await gate.apply(REGISTRY);
  await gate.pin("bank");
  await gate.apply(REGISTRY, FOUR_EYES);
}, 120_000);

afterAll(async () => {
  receiver.close();
  await browser.close();
  await gate.close();
});

describe("the place where people approve", () => {
  it("stops the start when it is taken, unless nobody asked for it", async () => {
    const instance = gate.instance();
    const { approvals } = instance.config;
    const at = (isAssumed: boolean) => ({
      ...instance,
      config: {
        ...instance.config,
        ...(approvals === undefined ? {} : { approvals: { ...approvals, isAssumed } }),
      },
    });
    const reports: string[] = [];
    const report = ({ detail }: { readonly detail: string }): void => void reports.push(detail);
    await expect(listenApprovals(at(false), report)).rejects.toMatchObject({ code: "address_taken" });
    expect(await listenApprovals(at(true), report)).toBeUndefined();
    expect(reports).toEqual([expect.stringContaining("nobody can approve")]);
  });
});

describe("an irreversible call", () => {
  it("waits for a person, passes once with her passkey, survives a restart, and waits again", async () => {
    const session = openSession(await gate.join("caller"));
    const refund = () => callTool(session, `${gate.issuer}/mcp/bank`, "get-sum", { a: 12, b: 30 });
    await expect(refund()).rejects.toMatchObject({ code: "approval_required" });
    await expect(refund()).rejects.toMatchObject({ code: "approval_required" });
    const [url = "", ...more] = urls();
    expect(more).toEqual([]);

    await vi.waitFor(() => expect(told).not.toEqual([]), 10_000);
    const [{ body = "", headers } = { headers: {} as IncomingHttpHeaders }] = told;
    expect(JSON.parse(body)).toMatchObject({ type: "approval.requested", data: { url } });
    const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
    const mac = createHmac("sha256", SECRET).update(signed).digest("base64");
    expect(headers["webhook-signature"]).toBe(`v1,${mac}`);

    const page = await enrolled("Bea");
    await page.goto(url);
    await page.getByRole("heading", { name: "Exactly this call, once" }).waitFor();
    const shown = await page.locator("dl").innerText();
    for (const text of ["tool get-sum", "irreversible", "/a", "12", "money leaves the house"])
      expect(shown).toContain(text);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);

    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("The agent can make this call once.").waitFor();
    vi.stubEnv("TEST_WEBHOOK_SECRET", `whsec_${SECRET.toString("base64")}`);
    await gate.restart();
    const answer = await refund();
    expect(answer.text).toContain("42");
    await expect(refund()).rejects.toMatchObject({ code: "approval_required" });
    expect(urls()).toHaveLength(1);
    expect(urls()).not.toContain(url);
    await page.reload();
    await page.getByText(/has been done|cannot be shown/).waitFor();

    const txn = gate.instance().mandates.list()[0]?.txn ?? "";
    const report = await verifiedExport(gate, txn);
    expect(failedRules(report)).toEqual([]);
    const story = report.story.flatMap(({ text }) => text).join(" ");
    expect(story).toContain("virtual authenticator");
  });

  it("is not approved by a stranger, nor inside a page of somebody else", async () => {
    const session = openSession(await gate.join("caller"));
    const refund = () => callTool(session, `${gate.issuer}/mcp/bank`, "get-sum", { a: 1, b: 1 });
    await expect(refund()).rejects.toMatchObject({ code: "approval_required" });
    const url = urls().at(-1) ?? "";
    const bea = await enrolled("Cleo");
    await bea.goto(url);
    await bea.getByRole("button", { name: "Approve" }).waitFor();
    const framing = createServer((_, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end(`<iframe src="${url}"></iframe>`);
    });
    framing.listen(0, "127.0.0.1");
    await once(framing, "listening");
    const { page: other } = await personsBrowser();
    const refusedFrame = other.waitForEvent("console", (message) =>
      message.text().includes("frame-ancestors"),
    );
    await other.goto(`http://localhost:${(framing.address() as AddressInfo).port}/`);
    await refusedFrame;
    expect(await other.frameLocator("iframe").getByRole("button").count()).toBe(0);
    framing.close();

    const { page: stranger } = await personsBrowser();
    await stranger.goto(url);
    await stranger.getByRole("button", { name: "Approve" }).click();
    await stranger.getByText("Nothing was signed.").waitFor();
    await expect(refund()).rejects.toMatchObject({ code: "approval_required" });

    await bea.getByRole("button", { name: "Refuse" }).click();
    await bea.getByText("You refused.").waitFor();
    await expect(refund()).rejects.toMatchObject({ code: "approval_required" });
    expect(urls()).not.toContain(url);
  });

  it("of the person herself is answered by somebody else, and her try is on record", async () => {
    const session = openSession(await gate.join("caller"));
    const refund = () => callTool(session, `${gate.issuer}/mcp/bank`, "get-sum", { a: 2, b: 2 });
    await expect(refund()).rejects.toMatchObject({ code: "approval_required" });
    const url = urls().at(-1) ?? "";
    const owner = await enrolled("owner@example.com");
    await owner.goto(url);
    await owner.getByRole("button", { name: "Approve" }).click();
    await owner.getByText("another person has to answer").waitFor();
    await expect(refund()).rejects.toMatchObject({ code: "approval_required" });
    const { evidence } = gate.instance();
    await evidence.flush();
    const { size } = evidence.durable;
    const leaves = (await evidence.store.entries(0, size)).map(({ leaf }) => parseLeafBytes(leaf));
    expect(leaves.map(({ body }) => Reflect.get(body, "code"))).toContain("approval_invalid");
  });

  it("is neither lost nor made twice when the server is killed, whatever it had just answered", async () => {
    const session = openSession(await gate.join("caller"));
    const refund = () => callTool(session, `${gate.issuer}/mcp/bank`, "get-sum", { a: 20, b: 1 });
    const page = await enrolled("Dana");
    const env = { TEST_WEBHOOK_SECRET: `whsec_${SECRET.toString("base64")}` };
    const killedAfter = async (work: () => Promise<unknown>): Promise<void> => {
      await gate.stop();
      const program = startProgram(gate.configFile, { env });
      expect(await program.ready).toBe(true);
      await work();
      await program.end("SIGKILL");
    };
    await killedAfter(() => expect(refund()).rejects.toMatchObject({ code: "approval_required" }));
    vi.stubEnv("TEST_WEBHOOK_SECRET", env.TEST_WEBHOOK_SECRET);
    await gate.start();
    const url = urls().at(-1) ?? "";
    await killedAfter(async () => {
      await page.goto(url);
      await page.getByRole("button", { name: "Approve" }).click();
      await page.getByText("The agent can make this call once.").waitFor();
    });
    await killedAfter(async () => expect((await refund()).text).toContain("21"));
    await gate.start();
    await expect(refund()).rejects.toMatchObject({ code: "approval_required" });
    expect(urls()).not.toContain(url);
  });

  it("comes to nothing with its mandate, or with what its agent rests on", async () => {
    const session = openSession(await gate.join("caller"));
    const refund = () => callTool(session, `${gate.issuer}/mcp/bank`, "get-sum", { a: 3, b: 3 });
    await expect(refund()).rejects.toMatchObject({ code: "approval_required" });
    const { mandates, approvals, registry, containment } = gate.instance();
    const url = urls().at(-1) ?? "";
    const page = await enrolled("Fay");
    await page.goto(url);
    await page.getByRole("button", { name: "Approve" }).waitFor();
    const mandate = mandates.list().at(-1);
    await mandates.end(mandate?.id ?? "", "closed", { by: "system" });
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("not open any more").waitFor();
    await page.reload();
    await page.getByText("This request was withdrawn.").waitFor();
    expect(failedRules(await verifiedExport(gate, mandate?.txn ?? ""))).toEqual([]);

    const other = openSession(await gate.join("caller"));
    const call = callTool(other, `${gate.issuer}/mcp/bank`, "get-sum", { a: 3, b: 3 });
    await expect(call).rejects.toMatchObject({ code: "approval_required" });
    const txn = mandates.list().at(-1)?.txn ?? "";
    const id = registry.agent("caller")?.ref ?? "";
    await containment.revoke({ kind: "agent", id, by: "system", reason: "test" });
    expect(approvals?.list()).toEqual([]);
    expect(failedRules(await verifiedExport(gate, txn))).toEqual([]);
  });
});
