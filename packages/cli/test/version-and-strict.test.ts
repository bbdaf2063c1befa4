import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Machine, makeMachine, PATIENCE_MS } from "./run-cli.ts";

vi.setConfig({ testTimeout: PATIENCE_MS, hookTimeout: PATIENCE_MS });

let machine: Machine;
beforeAll(async () => {
  machine = await makeMachine();
});
afterAll(() => machine.end());

test("the installed version is said with the builds of server and verifier, each by its name", async () => {
  const { exit, out } = await machine.cli(["--version", "--json"]);
  expect(exit).toBe(0);
  const said = JSON.parse(out);
  expect(said).toMatchObject({ name: "narrowgate", version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  expect(said.build).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(said.verifier).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect((await machine.cli(["--version"])).out).toBe(
    `narrowgate ${said.version} (server build ${said.build}, verifier build ${said.verifier})\n`,
  );
  expect((await machine.cli(["status", "--version"])).exit).toBe(2);
});

test("findings of an analysis fail a check where that is asked for, and only there", async () => {
  const file = join(machine.folder, "narrowgate.yaml");
  const tool = { name: "look", data_class: "internal", effect: "read", egress: false };
  const agent = {
    id: "clerk",
    owner: "dana@hello.example",
    deputy: "lee@hello.example",
    purpose: "Read",
    tier: "T1",
    expires: "2099-12-31",
    bindings: [{ method: "enrolment" }],
    ceiling: { authorization_details: [{ type: "mcp_tool", server: "deck", tools: ["look"] }] },
  };
  const upstream = { transport: "http", url: "https://deck.example/mcp", auth: "none" };
  const servers = [{ id: "deck", upstream, tools: [tool] }];
  await writeFile(file, JSON.stringify({ agents: [agent], servers, policies: ["*.cedar"] }));
  const unread = `
@id("all") permit (principal, action, resource);
@id("asks") @approval("approver#1") forbid (principal, action, resource) when { context.depth > 1 };`;
  await writeFile(join(machine.folder, "a.cedar"), unread);
  const check = (...more: string[]) => machine.cli(["policy", "check", "-f", file, ...more]);
  const plain = await check();
  expect([plain.exit, plain.out]).toEqual([0, expect.stringContaining("approval-unread")]);
  expect((await check("--strict")).exit).toBe(3);
  await writeFile(join(machine.folder, "a.cedar"), unread.split("\n").slice(0, 2).join("\n"));
  const clean = await check("--strict");
  expect([clean.exit, clean.out]).toEqual([0, expect.stringContaining("0 finding(s)")]);
});
