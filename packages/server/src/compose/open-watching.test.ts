import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@narrowgate/kernel";
import { expect, it } from "vitest";
import { createSqliteStore } from "../platform/store/sqlite/open-sqlite-store.ts";
import { exposition, openTelemetry } from "../telemetry/index.ts";
import { watchStore } from "./open-watching.ts";

it("a store that fails is counted, and fails as it did", async () => {
  const folder = await mkdtemp(join(tmpdir(), "narrowgate-watching-"));
  const telemetry = openTelemetry({ clock: systemClock, agentName: () => "other", report: () => undefined });
  const store = watchStore(await createSqliteStore(join(folder, "log.db")), telemetry);
  const batch = {
    expectedSize: 5,
    entries: [],
    heads: [],
    sealed: [],
    tiles: [],
    state: [],
    frontier: new Uint8Array(),
    eraseKeys: [],
  };
  await expect(store.commit(batch)).rejects.toMatchObject({ code: "conflict" });
  expect(exposition(telemetry.metrics)).toContain('narrowgate_store_errors_total{operation="commit"} 1');
  expect(exposition(telemetry.metrics)).toContain("narrowgate_store_seconds_count 0");
  await store.commit({ ...batch, expectedSize: 0 });
  expect((await store.tree()).size).toBe(0);
  expect(exposition(telemetry.metrics)).toContain("narrowgate_store_seconds_count 1");
  await store.close();
  await rm(folder, { recursive: true, force: true });
});
