import { NarrowgateError } from "@narrowgate/kernel";
import type { Config, StoreConfig } from "../config/config.ts";
import { createPostgresStore, openPostgresStore } from "../platform/store/postgres/open-postgres-store.ts";
import { createSqliteStore, openSqliteStore } from "../platform/store/sqlite/open-sqlite-store.ts";
import type { Store } from "../platform/store/store.ts";

function connectionString({ urlVariable }: Extract<StoreConfig, { kind: "postgres" }>): string {
  const url = process.env[urlVariable];
  if (url === undefined || url === "")
    throw new NarrowgateError("store_missing", `set ${urlVariable} to the connection string of the store`);
  return url;
}

/** Creates the empty store of a new instance. @throws `conflict` when there is one */
export function createStore({ store }: Config): Promise<Store> {
  return store.kind === "sqlite"
    ? createSqliteStore(store.path)
    : createPostgresStore(connectionString(store));
}

/** Opens the store. @throws `store_missing`, `store_locked` */
export function openStore({ store }: Config): Promise<Store> {
  return store.kind === "sqlite" ? openSqliteStore(store.path) : openPostgresStore(connectionString(store));
}
