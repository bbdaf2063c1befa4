import type { Store } from "@narrowgate/server/store";

/** A driver as the contract suite runs it. */
export interface StoreDriver {
  /** Address of the module that exports `open` under `openName`, for child processes to import. */
  readonly moduleUrl: string;
  readonly openName: string;
  /** A place where nothing is yet. The next call may clear it: one place is used at a time. */
  newLocation(): Promise<string>;
  create(location: string): Promise<Store>;
  open(location: string): Promise<Store>;
}
