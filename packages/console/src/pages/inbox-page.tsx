import type { ReactNode } from "react";
import { listWaiting } from "../api/house.ts";
import { useLoaded } from "../api/use-loaded.ts";
import { LoadedPart } from "../parts/loaded-part.tsx";
import { PageFrame } from "../parts/page-frame.tsx";
import { WaitingPart } from "../parts/waiting-part.tsx";
import type { SessionProps } from "./session-props.ts";

/** Calls that wait for people. What they would do is shown on the page of each, which is where they are signed. */
export function InboxPage({ onSignedOut, onSignOut }: SessionProps): ReactNode {
  const waiting = useLoaded(listWaiting, onSignedOut);
  return (
    <PageFrame title="Inbox" page="inbox" onSignOut={onSignOut}>
      <p>
        Calls that wait for a person's passkey. Open one to read exactly what it would do; it is approved or
        refused there, not here.
      </p>
      <LoadedPart state={waiting}>
        {(found) => <WaitingPart waiting={found} most={found.approvals.length} />}
      </LoadedPart>
    </PageFrame>
  );
}
