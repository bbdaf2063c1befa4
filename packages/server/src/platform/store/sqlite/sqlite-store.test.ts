import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeContract } from "@narrowgate/testkit";
import { afterAll } from "vitest";
import { createSqliteStore, openSqliteStore } from "./open-sqlite-store.ts";

const directory = mkdtempSync(join(tmpdir(), "narrowgate-sqlite-"));
afterAll(() => rmSync(directory, { recursive: true }));

let stores = 0;
storeContract("sqlite", {
  moduleUrl: new URL("./open-sqlite-store.ts", import.meta.url).href,
  openName: "openSqliteStore",
  newLocation: async () => join(directory, `store-${stores++}`, "narrowgate.db"),
  create: createSqliteStore,
  open: openSqliteStore,
});
