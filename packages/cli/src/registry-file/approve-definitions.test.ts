import { NarrowgateError } from "@narrowgate/kernel";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createAdminClient } from "../admin/admin-client.ts";
import { openTerminal } from "../terminal/terminal.ts";
import { approveDefinitions } from "./approve-definitions.ts";

const place = { baseUrl: "http://localhost:1", adminSocket: "/nowhere", operatorKey: "/nowhere" };
const choice = { learnNew: true, acceptChanged: true, full: false };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a server that takes long to say what it has", () => {
  test.each([
    ["stdio", "starting notes and asking it for its definitions"],
    ["http", "asking notes for its definitions"],
  ] as const)("is named, with how long it is waited for: %s", async (transport, label) => {
    const said: string[] = [];
    const { stdin, stdout, stderr } = process;
    const own = openTerminal({ input: stdin, output: stdout, error: stderr, env: {} }, false);
    const quiet = { note: () => undefined, endProgress: () => undefined };
    const terminal = {
      ...own,
      ...quiet,
      interactive: true,
      progress: (line: string) => void said.push(line),
    };
    const slow = Promise.withResolvers<never>();
    const admin = { ...createAdminClient(place, () => slow.promise), send: () => slow.promise };
    const asked = approveDefinitions(admin, [{ id: "notes", upstream: { transport } }], choice, terminal);
    await vi.advanceTimersByTimeAsync(900);
    expect(said).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_200);
    slow.reject(new NarrowgateError("upstream_unavailable", "it did not answer"));
    await asked;
    expect(said[0]).toBe(`${label}: 1 s`);
    expect(said.at(-1)).toBe(`${label}: 3 s`);
  });
});
