import type { TransactionPage } from "@narrowgate/contracts";
import { type ReactNode, useCallback, useState } from "react";
import { listTransactions } from "../api/transactions.ts";
import { useLoaded } from "../api/use-loaded.ts";
import { FirstSteps } from "../parts/first-steps.tsx";
import { PageFrame } from "../parts/page-frame.tsx";
import { TransactionTable } from "../parts/transaction-table.tsx";

function Listed(props: {
  readonly list: TransactionPage;
  readonly isFirst: boolean;
  readonly onOlder: (after: string) => void;
  readonly onNewest: () => void;
}): ReactNode {
  const { list, isFirst, onOlder, onNewest } = props;
  const { transactions, next } = list;
  if (transactions.length === 0 && isFirst) return <FirstSteps />;
  return (
    <>
      <TransactionTable transactions={transactions} />
      <p className="pager">
        {!isFirst && (
          <button type="button" onClick={onNewest}>
            Newest
          </button>
        )}
        {next !== undefined && (
          <button type="button" onClick={() => onOlder(next)}>
            Older
          </button>
        )}
      </p>
    </>
  );
}

/** All transactions, youngest first. */
export function TransactionsPage(props: {
  readonly onSignedOut: () => void;
  readonly onSignOut: () => void;
}): ReactNode {
  const { onSignedOut, onSignOut } = props;
  const [after, setAfter] = useState<string>();
  const load = useCallback((signal: AbortSignal) => listTransactions(after, signal), [after]);
  const state = useLoaded(load, onSignedOut);
  return (
    <PageFrame title="Transactions" page="transactions" onSignOut={onSignOut}>
      {state.kind === "loading" && <p role="status">Loading…</p>}
      {state.kind === "failed" && <p role="alert">{state.message}</p>}
      {state.kind === "ok" && (
        <Listed
          list={state.value}
          isFirst={after === undefined}
          onOlder={setAfter}
          onNewest={() => setAfter(undefined)}
        />
      )}
    </PageFrame>
  );
}
