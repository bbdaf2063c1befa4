import { NarrowgateError } from "@narrowgate/kernel";
import type { Config } from "../config/config.ts";
import { createPostgresStore, openPostgresStore } from "../platform/store/postgres/open-postgres-store.ts";
import { openSqliteForDisk } from "../platform/store/sqlite/open-sqlite-for-disk.ts";
import { createSqliteStore } from "../platform/store/sqlite/open-sqlite-store.ts";
import type { Store } from "../platform/store/store.ts";

/** Reads the address of a store from the environment. It may hold a password, and appears in no error. @throws `store_missing` */
export function connectionString(urlVariable: string): string {
  const url = process.env[urlVariable];
  if (url === undefined || url === "")
    throw new NarrowgateError("store_missing", `set ${urlVariable} to the connection string of the store`);
  return url;
}

/** Creates the empty store of a new instance. @throws `conflict` when there is one */
export function createStore({ store }: Config): Promise<Store> {
  return store.kind === "sqlite"
    ? createSqliteStore(store.path)
    : createPostgresStore(connectionString(store.urlVariable));
}

/** Opens the store. @throws `store_missing`, `store_locked` */
export function openStore({ store }: Config): Promise<Store> {
  return store.kind === "sqlite"
    ? openSqliteForDisk(store.path)
    : openPostgresStore(connectionString(store.urlVariable));
}
