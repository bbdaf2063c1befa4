import type { EntrySheet } from "@narrowgate/contracts";
import { type ReactNode, useCallback } from "react";
import { readEntry } from "../api/assurance.ts";
import { useLoaded } from "../api/use-loaded.ts";
import { Fact, FactList } from "../parts/fact-list.tsx";
import { LoadedPart, Section } from "../parts/loaded-part.tsx";
import { PageFrame } from "../parts/page-frame.tsx";
import { Link } from "../routing/link.tsx";
import { transactionPath } from "../routing/route.ts";
import { shownJson } from "../view/opened-leaf.ts";
import { shownTime } from "../view/shown-time.ts";
import { visibleText } from "../view/visible-text.ts";
import type { SessionProps } from "./session-props.ts";

function Sheet({ entry }: { readonly entry: EntrySheet }): ReactNode {
  const { id, index, type, atMs, txn, agent, sealed, body } = entry;
  const members = Object.entries(body).map(
    ([name, value]) => [visibleText(name.replaceAll("_", " ")), shownJson(value)] as const,
  );
  return (
    <>
      <FactList
        facts={[
          ["Kind", visibleText(type)],
          ["Place in the log", String(index)],
          ["Written", shownTime(atMs)],
          ["Id", visibleText(id)],
          ...(agent === undefined ? [] : [["Agent", visibleText(agent)] as const]),
          ["Sealed", sealed.map(visibleText).join(", ") || "nothing"],
        ]}
      >
        {txn !== undefined && (
          <Fact label="Transaction">
            <Link to={transactionPath(txn, id)}>Read it where it happened, with its proof</Link>
          </Fact>
        )}
      </FactList>
      <Section title="What it says in the open">
        <FactList facts={members} />
      </Section>
    </>
  );
}

/** One leaf of the log, by what it says in the open. */
export function EntryPage(
  props: SessionProps & { readonly id: string; readonly at: number | undefined },
): ReactNode {
  const { id, at, onSignedOut, onSignOut } = props;
  const load = useCallback((signal: AbortSignal) => readEntry(id, at, signal), [id, at]);
  const state = useLoaded(load, onSignedOut);
  return (
    <PageFrame title="An entry of the log" page="entry" onSignOut={onSignOut}>
      <LoadedPart state={state}>{(entry) => <Sheet entry={entry} />}</LoadedPart>
    </PageFrame>
  );
}
