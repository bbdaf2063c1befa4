export { auditSamples } from "./store/audit-samples.ts";
export { type CommitWaits, countCommitWaits, countSyncCalls } from "./store/count-syncs.ts";
export { type FaultStore, faultStore, type StoreFault } from "./store/fault-store.ts";
export { type CommitterEnd, commitUntilFull } from "./store/kill-committer.ts";
export { type PostgresServer, startPostgres } from "./store/postgres-server.ts";
export { sampleBatch } from "./store/sample-batch.ts";
export { storeContract } from "./store/store-contract.ts";
export type { StoreDriver } from "./store/store-driver.ts";
