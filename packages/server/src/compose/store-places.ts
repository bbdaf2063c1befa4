import { existsSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "@narrowgate/kernel";
import type { Config, StoreConfig } from "../config/config.ts";
import { createPostgresStore, openPostgresStore } from "../platform/store/postgres/open-postgres-store.ts";
import { createSqliteStore, openSqliteStore } from "../platform/store/sqlite/open-sqlite-store.ts";
import type { Store } from "../platform/store/store.ts";
import { connectionString } from "./open-store.ts";

/** Where a recovery reads from and writes to. */
export interface StorePlaces {
  /** The store that is given up; null when there is none. @throws `store_locked`, `store_unavailable` */
  openLost(): Promise<Store | null>;
  /** A new store that an earlier recovery left behind; null when there is none. */
  openFresh(): Promise<Store | null>;
  createFresh(): Promise<Store>;
  dropFresh(): Promise<void>;
  /** Puts the new store, which is closed, in the place of the lost one, which is kept. */
  swap(): Promise<void>;
}

const SUFFIXES = ["", "-wal", "-shm"];

async function moveFiles(from: string, to: string): Promise<void> {
  for (const suffix of SUFFIXES) if (existsSync(from + suffix)) await rename(from + suffix, to + suffix);
  const folder = await open(dirname(from));
  await folder.sync().finally(() => folder.close());
}

function sqlitePlaces(path: string, clock: Clock): StorePlaces {
  const fresh = `${path}.recovered`;
  return {
    openLost: async () => (existsSync(path) ? openSqliteStore(path) : null),
    openFresh: async () => (existsSync(fresh) ? openSqliteStore(fresh) : null),
    createFresh: () => createSqliteStore(fresh),
    async dropFresh() {
      for (const suffix of SUFFIXES) await rm(fresh + suffix, { force: true });
    },
    async swap() {
      // ORDER: if we crash in between, the new store is still there, and recovering again finds it complete.
      await moveFiles(path, `${path}.lost-${clock.nowMs()}`);
      await moveFiles(fresh, path);
    },
  };
}

/** The configured database is the new one; the lost one has an address of its own. */
function postgresPlaces(store: Extract<StoreConfig, { kind: "postgres" }>): StorePlaces {
  const { urlVariable, lostUrlVariable } = store;
  return {
    openLost: async () =>
      lostUrlVariable === undefined ? null : openPostgresStore(connectionString(lostUrlVariable)),
    openFresh: async () => null,
    createFresh: () => createPostgresStore(connectionString(urlVariable)),
    dropFresh: async () => undefined,
    swap: async () => undefined,
  };
}

/** @returns the places of a configuration's store */
export function storePlaces({ store }: Config, clock: Clock): StorePlaces {
  return store.kind === "sqlite" ? sqlitePlaces(store.path, clock) : postgresPlaces(store);
}
