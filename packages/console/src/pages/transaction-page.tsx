import type { TransactionSummary } from "@narrowgate/contracts";
import { type ReactNode, useCallback, useState } from "react";
import { readBundle, readTransaction } from "../api/transactions.ts";
import { type Loaded, useLoaded } from "../api/use-loaded.ts";
import { FileCheck } from "../parts/file-check.tsx";
import { FileDrop } from "../parts/file-drop.tsx";
import { PageFrame } from "../parts/page-frame.tsx";
import type { ChosenFile } from "../parts/read-file.ts";
import { VerifiedBundle } from "../parts/verified-bundle.tsx";
import { shownTime } from "../view/shown-time.ts";
import { visibleText } from "../view/visible-text.ts";

function download(id: string, bytes: Uint8Array<ArrayBuffer>): void {
  const url = URL.createObjectURL(new Blob([bytes], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `narrowgate-${id}.json`;
  link.click();
  URL.revokeObjectURL(url);
}

/** What the server says, shown while the proofs are still on their way. */
function Summary({ state }: { readonly state: Loaded<TransactionSummary> }): ReactNode {
  if (state.kind !== "ok") return null;
  const { purpose, state: stage, permits, refusals, lastActivityMs } = state.value;
  return (
    <p>
      {purpose !== undefined && <strong>{visibleText(purpose)}. </strong>}
      <span className={`badge state-${stage}`}>{stage}</span> {permits} decisions permitted, {refusals}{" "}
      refused, last activity {shownTime(lastActivityMs)}.
    </p>
  );
}

function Bundle(props: { readonly id: string; readonly bytes: Uint8Array<ArrayBuffer> }): ReactNode {
  const { id, bytes } = props;
  const [trust, setTrust] = useState<ChosenFile>();
  return (
    <>
      <p className="actions">
        <button type="button" onClick={() => download(id, bytes)}>
          Download the proof bundle
        </button>
      </p>
      <details>
        <summary>Check it against your trust file</summary>
        <FileDrop
          label="Trust file"
          hint="The log key and the witnesses you trust. It stays in this browser."
          chosen={trust?.name}
          onFile={setTrust}
        />
      </details>
      <VerifiedBundle bundle={bytes} trust={trust?.bytes} />
    </>
  );
}

function OtherFile(): ReactNode {
  return (
    <section aria-labelledby="other">
      <h2 id="other">Check another file</h2>
      <details>
        <summary>Verify any bundle file, offline</summary>
        <FileCheck />
      </details>
    </section>
  );
}

/** One transaction: who asked, the chain, every event, and the verdict computed in this browser. */
export function TransactionPage(props: {
  readonly id: string;
  readonly onSignedOut: () => void;
  readonly onSignOut: () => void;
}): ReactNode {
  const { id, onSignedOut, onSignOut } = props;
  const loadSummary = useCallback((signal: AbortSignal) => readTransaction(id, signal), [id]);
  const loadBundle = useCallback((signal: AbortSignal) => readBundle(id, signal), [id]);
  const summary = useLoaded(loadSummary, onSignedOut);
  const bundle = useLoaded(loadBundle, onSignedOut);
  return (
    <PageFrame title="Transaction" page="transaction" onSignOut={onSignOut}>
      <p className="id">{id}</p>
      <Summary state={summary} />
      {bundle.kind === "loading" && <p role="status">Loading the proof bundle…</p>}
      {bundle.kind === "failed" && <p role="alert">{bundle.message}</p>}
      {bundle.kind === "ok" && <Bundle id={id} bytes={bundle.value} />}
      <OtherFile />
    </PageFrame>
  );
}
