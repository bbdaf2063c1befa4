import type { GrantedOperation, ReadinessFacts } from "@narrowgate/contracts";

/** An operation that is granted, and how often it was seen used. */
export type UsageRow = GrantedOperation & {
  readonly calls: number;
  /** Unix milliseconds; absent where no use was seen. */
  readonly last?: number;
};

/** Granted against used over the window. */
export type Usage = {
  readonly rows: readonly UsageRow[];
  readonly used: number;
  /** Granted, seen by nobody to be used, and able to change something. */
  readonly idleWrites: number;
  /** Calls whose operation was opened, of all calls. */
  readonly opened: number;
  readonly calls: number;
  /** Operations that were called and are not granted any more. */
  readonly gone: readonly string[];
};

/** Compares what is registered with what was recorded. */
export function usageOf({ granted, work }: ReadinessFacts): Usage {
  const isOf = (operation: GrantedOperation, name: string): boolean => {
    const own = `${operation.server}/${operation.kind}/${operation.name}`;
    return operation.kind === "resource" ? name.startsWith(own) : name === own;
  };
  const rows = granted.map((operation): UsageRow => {
    const uses = work.used.filter(({ name }) => isOf(operation, name));
    const calls = uses.reduce((sum, use) => sum + use.calls, 0);
    return {
      ...operation,
      calls,
      ...(calls === 0 ? {} : { last: Math.max(...uses.map(({ last }) => last)) }),
    };
  });
  return {
    rows,
    used: rows.filter(({ calls }) => calls > 0).length,
    idleWrites: rows.filter(({ calls, effect }) => calls === 0 && effect !== "read").length,
    opened: work.opened,
    calls: work.calls,
    gone: work.used
      .filter(({ name }) => !granted.some((operation) => isOf(operation, name)))
      .map(({ name }) => name),
  };
}
