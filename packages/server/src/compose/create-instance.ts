import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { type Clock, systemClock } from "@narrowgate/kernel";
import type { Config } from "../config/config.ts";
import { createEvidence } from "../evidence/create-evidence.ts";
import { createFileCustody } from "../platform/keys/file-custody.ts";
import { createStore } from "./open-store.ts";

/**
 * Makes a new instance: keys, store, log. The one place where durable state is made because it is not there.
 * @throws `conflict` when any of it exists
 */
export async function createInstance(config: Config, clock: Clock = systemClock): Promise<void> {
  await mkdir(dirname(config.anchorFile), { recursive: true, mode: 0o700 });
  const custody = await createFileCustody(`${config.dataDirectory}/keys`);
  const store = await createStore(config);
  try {
    const setup = { store, custody, clock, anchorPath: config.anchorFile };
    await createEvidence(setup, { authority: new URL(config.baseUrl).host, environment: config.environment });
  } finally {
    await store.close();
  }
}
