import { type ReactNode, useCallback, useRef, useState } from "react";
import {
  listOwnConsents,
  type OwnConsent,
  type OwnConsents,
  type WaitingConsent,
  withdrawConsent,
} from "../api/consents.ts";
import { useLoaded } from "../api/use-loaded.ts";
import { ConsentCard } from "../parts/consent-card.tsx";
import { LoadedPart, Section } from "../parts/loaded-part.tsx";
import { PageFrame } from "../parts/page-frame.tsx";
import { shownTime } from "../view/shown-time.ts";
import { visibleText } from "../view/visible-text.ts";

function Waiting({ waiting }: { readonly waiting: readonly WaitingConsent[] }): ReactNode {
  if (waiting.length === 0) return null;
  return (
    <Section title="What waits for your answer">
      <ul>
        {waiting.map(({ id, client, message, page, expiresMs }) => (
          <li key={id}>
            <a href={page}>{visibleText(client)} asks</a>, until {shownTime(expiresMs)}
            {message !== undefined && (
              <>
                . In its own words: <q>{visibleText(message)}</q>
              </>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}

const empty = (
  <p className="empty">
    You let no agent act for you. When one asks, your browser shows a page that says what it wants; what you
    allow there stands here until it ends, or you take it back.
  </p>
);

/** What a person let agents do, and what became of those she took back here. */
function Own(props: { readonly own: OwnConsents; readonly onSignedOut: () => void }): ReactNode {
  const { own, onSignedOut } = props;
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const [said, setSaid] = useState("");
  const status = useRef<HTMLParagraphElement>(null);
  const withdraw = async ({ mandate, agent }: OwnConsent): Promise<void> => {
    const outcome = await withdrawConsent(mandate);
    if (outcome.kind === "signed-out") return onSignedOut();
    if (outcome.kind === "failed") return setSaid(outcome.message);
    setGone((before) => new Set([...before, mandate]));
    setSaid(`Withdrawn. ${visibleText(agent)} may do nothing more under that consent.`);
    // What had the focus is gone: the reader goes on where the outcome is said.
    status.current?.focus();
  };
  const left = own.consents.filter(({ mandate }) => !gone.has(mandate));
  const count = own.total - gone.size;
  return (
    <>
      <p>
        Signed in as <strong>{visibleText(own.name)}</strong>.
      </p>
      <Waiting waiting={own.waiting} />
      <Section title="What you let agents do">
        <p role="status" tabIndex={-1} ref={status}>
          {said}
        </p>
        {left.length === 0 && empty}
        {left.map((consent) => (
          <ConsentCard key={consent.mandate} consent={consent} onWithdraw={() => withdraw(consent)} />
        ))}
        {left.length < count && <p>{count} stand in all; the youngest are shown.</p>}
      </Section>
    </>
  );
}

function NotYourself(): ReactNode {
  return (
    <p className="empty">
      Consents belong to a person. <a href="/people/sign-in#/consents">Sign in as yourself</a> to see yours. A
      code of an operator signs in nobody in person.
    </p>
  );
}

/** What the person at this browser let agents do. It is hers alone: no role is needed, and none lets another in. */
export function ConsentsPage({ onSignOut }: { readonly onSignOut: () => void }): ReactNode {
  const [isSignedOut, setSignedOut] = useState(false);
  const onSignedOut = useCallback(() => setSignedOut(true), []);
  const state = useLoaded(listOwnConsents, onSignedOut);
  const signOut = (): void => {
    onSignOut();
    setSignedOut(true);
  };
  return (
    <PageFrame title="Your consents" page="consents" onSignOut={isSignedOut ? undefined : signOut}>
      {isSignedOut ? (
        <NotYourself />
      ) : (
        <LoadedPart state={state}>{(own) => <Own own={own} onSignedOut={onSignedOut} />}</LoadedPart>
      )}
    </PageFrame>
  );
}
