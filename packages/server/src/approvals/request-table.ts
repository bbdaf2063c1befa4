import { type ApprovalRequest, type AskedMatter, actionKey } from "./approval-request.ts";

/** How a request ended; for who opens its page afterwards. */
export type Ending = "used" | "refused" | "expired" | "withdrawn";

/** Where something is asked; without arguments, so that it costs no digest. */
export type Operation = Pick<AskedMatter, "txn" | "server" | "kind" | "name">;

function operationKey({ txn, server, kind, name }: Operation): string {
  return `${txn} ${server} ${kind} ${name}`;
}

/** Requests that are open, in memory: by id, handle, transaction and action. */
export interface RequestTable {
  byId(id: string): ApprovalRequest | undefined;
  byHandle(handle: string): ApprovalRequest | undefined;
  ofTransaction(txn: string): readonly ApprovalRequest[];
  /** @param key - of the action. Oldest first */
  ofAction(key: string): readonly ApprovalRequest[];
  /** Oldest first. */
  list(): readonly ApprovalRequest[];
  /** Whether nothing is asked about this operation in its transaction: the answer for nearly every call. */
  isQuiet(operation: Operation): boolean;
  put(request: ApprovalRequest): void;
  end(request: ApprovalRequest, ending: Ending): void;
  /** Of the last thousand; undefined when it was longer ago, or before the start. */
  endingOf(handle: string): Ending | undefined;
}

const REMEMBERED = 1000;

/** Adds to and takes from a set of ids under a name; an empty one is forgotten. */
class Index {
  readonly #ids = new Map<string, Set<string>>();

  has(name: string): boolean {
    return this.#ids.has(name);
  }

  get(name: string): readonly string[] {
    return [...(this.#ids.get(name) ?? [])];
  }

  add(name: string, id: string): void {
    this.#ids.set(name, (this.#ids.get(name) ?? new Set()).add(id));
  }

  remove(name: string, id: string): void {
    const ids = this.#ids.get(name);
    ids?.delete(id);
    if (ids?.size === 0) this.#ids.delete(name);
  }
}

/** Makes a table of what was open before. */
export function createRequestTable(open: readonly ApprovalRequest[]): RequestTable {
  const requests = new Map<string, ApprovalRequest>();
  const handles = new Map<string, string>();
  const endings = new Map<string, Ending>();
  const transactions = new Index();
  const operations = new Index();
  const actions = new Index();

  const found = (ids: readonly string[]): readonly ApprovalRequest[] =>
    ids.flatMap((id) => requests.get(id) ?? []);
  const put = (request: ApprovalRequest): void => {
    const { id, handle, action } = request;
    if (!requests.has(id)) {
      handles.set(handle, id);
      transactions.add(action.txn, id);
      operations.add(operationKey(action), id);
      actions.add(actionKey(action), id);
    }
    requests.set(id, request);
  };
  for (const request of open.toSorted((a, b) => a.askedAtMs - b.askedAtMs)) put(request);

  return {
    byId: (id) => requests.get(id),
    byHandle: (handle) => requests.get(handles.get(handle) ?? ""),
    ofTransaction: (txn) => found(transactions.get(txn)),
    ofAction: (key) => found(actions.get(key)),
    list: () => [...requests.values()],
    isQuiet: (operation) => !operations.has(operationKey(operation)),
    put,
    end({ id, handle, action }, ending) {
      if (!requests.delete(id)) return;
      handles.delete(handle);
      transactions.remove(action.txn, id);
      operations.remove(operationKey(action), id);
      actions.remove(actionKey(action), id);
      endings.set(handle, ending);
      if (endings.size > REMEMBERED) endings.delete(endings.keys().next().value ?? "");
    },
    endingOf: (handle) => endings.get(handle),
  };
}
