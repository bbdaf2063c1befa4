import { describe } from "vitest";
import { commitContract } from "./commit-contract.ts";
import { crashContract } from "./crash-contract.ts";
import { eraseContract } from "./erase-contract.ts";
import { holdContract } from "./hold-contract.ts";
import { readContract } from "./read-contract.ts";
import type { StoreDriver } from "./store-driver.ts";

/**
 * What every driver of the store port must do, as tests. Runs on the real thing: files, servers, killed processes.
 * @param name - of the driver, for test names
 * @param driver - makes and opens stores; stores opened here are closed here
 */
export function storeContract(name: string, driver: StoreDriver): void {
  describe(`store contract: ${name}`, () => {
    describe("commit", () => commitContract(driver));
    describe("read", () => readContract(driver));
    describe("erase", () => eraseContract(driver));
    describe("hold", () => holdContract(driver));
    describe("crash", () => crashContract(driver));
  });
}
