/** Program of the thread that holds a SQLite store: opens it, and answers requests one after the other. */
import { parentPort, workerData } from "node:worker_threads";
import type { Store } from "../store.ts";
import { createSqliteStore, openSqliteStore } from "./open-sqlite-store.ts";
import { unpackBatch } from "./pack-batch.ts";
import { OPENED, type StoreRequest, sentError, type ThreadStart } from "./store-messages.ts";

function answer(store: Store, request: StoreRequest): Promise<unknown> {
  switch (request.ask) {
    case "commit":
      return store.commit(unpackBatch(request.packed));
    case "tree":
      return store.tree();
    case "entries":
      return store.entries(...request.args);
    case "sealed":
      return store.sealed(...request.args);
    case "head":
      return store.head(...request.args);
    case "tile":
      return store.tile(...request.args);
    case "get":
      return store.get(...request.args);
    case "scan":
      return store.scan(...request.args);
    case "close":
      return store.close();
  }
}

async function reply(id: number, work: () => Promise<unknown>): Promise<void> {
  try {
    parentPort?.postMessage({ id, value: await work() });
  } catch (error) {
    parentPort?.postMessage({ id, error: sentError(error) });
  }
}

const { path, create }: ThreadStart = workerData;
await reply(OPENED, async () => {
  const store = await (create ? createSqliteStore(path) : openSqliteStore(path));
  parentPort?.on("message", (request: StoreRequest) => reply(request.id, () => answer(store, request)));
});
