import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createEngine, type PolicyEngine } from "./engine.ts";

/**
 * Loads Cedar from the installed package. Takes tens of milliseconds; call it once at start.
 * @throws NarrowgateError `policy_engine_failed`
 */
export function createNodeEngine(): PolicyEngine {
  const beside = import.meta.resolve("@cedar-policy/cedar-wasm/web");
  const bytes = new Uint8Array(readFileSync(new URL("cedar_wasm_bg.wasm", beside)));
  return createEngine(bytes, (data) => createHash("sha256").update(data).digest());
}
