import { type ReactNode, useId, useRef, useState } from "react";
import type { OwnConsent } from "../api/consents.ts";
import { grantWords } from "../view/grant-words.ts";
import { shownTime } from "../view/shown-time.ts";
import { visibleText } from "../view/visible-text.ts";
import { FactList } from "./fact-list.tsx";

function lastUse({ isUsed, lastUsedMs }: OwnConsent): string {
  if (lastUsedMs !== undefined) return shownTime(lastUsedMs);
  return isUsed ? "not since the server last started" : "never";
}

/** What is known of who asked, beside the agent it acts as. */
function knownBy({ client, agent, selfName }: OwnConsent): readonly (readonly [string, string])[] {
  if (selfName !== undefined)
    return [
      [
        "A program that registered itself; it calls itself",
        selfName === "" ? "nothing" : visibleText(selfName),
      ],
    ];
  return client === agent ? [] : [["Known by", visibleText(client)]];
}

function Facts({ consent }: { readonly consent: OwnConsent }): ReactNode {
  const { redirectHost, caseId, atMs, expiresMs } = consent;
  const facts = [
    ["Case", caseId === undefined ? "none named" : visibleText(caseId)],
    [
      "You were sent on to",
      redirectHost === "" ? "nowhere: it asked beside the browser" : visibleText(redirectHost),
    ],
    ...knownBy(consent),
    ["You allowed it", shownTime(atMs)],
    ["It ends by itself", shownTime(expiresMs)],
    ["Last used", lastUse(consent)],
  ] as const;
  return <FactList facts={facts} />;
}

/** Asks once more before a consent is taken back. */
function Withdraw(props: { readonly agent: string; readonly onWithdraw: () => Promise<void> }): ReactNode {
  const { agent, onWithdraw } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const [isBusy, setBusy] = useState(false);
  const title = useId();
  const withdraw = async (): Promise<void> => {
    setBusy(true);
    await onWithdraw();
    setBusy(false);
    dialog.current?.close();
  };
  return (
    <>
      <button type="button" className="plain" onClick={() => dialog.current?.showModal()}>
        Withdraw<span className="visually-hidden"> what {agent} may do</span>
      </button>
      <dialog ref={dialog} aria-labelledby={title}>
        <h3 id={title}>Withdraw what {agent} may do for you?</h3>
        <p>Its next call is refused, and so is everything it handed on. What it did already stays done.</p>
        <p className="actions">
          {/* ORDER: what changes nothing comes first, for there the focus is when the question opens. */}
          <button type="button" className="plain" disabled={isBusy} onClick={() => dialog.current?.close()}>
            Keep it
          </button>
          <button type="button" disabled={isBusy} onClick={() => void withdraw()}>
            Yes, withdraw it
          </button>
        </p>
      </dialog>
    </>
  );
}

/** One consent: which agent, for what, within which limits, where to, since when; and the way to take it back. */
export function ConsentCard(props: {
  readonly consent: OwnConsent;
  readonly onWithdraw: () => Promise<void>;
}): ReactNode {
  const { consent, onWithdraw } = props;
  const { agent, purpose, details } = consent;
  const title = useId();
  return (
    <article className="consent" aria-labelledby={title}>
      <h3 id={title}>{visibleText(agent)}</h3>
      <p>
        What it is for: <q>{visibleText(purpose)}</q>
      </p>
      <p>What it may do for you, and within which limits:</p>
      <ul>
        {details.map((detail) => (
          <li key={JSON.stringify(detail)}>{visibleText(grantWords(detail))}</li>
        ))}
      </ul>
      <Facts consent={consent} />
      <Withdraw agent={visibleText(agent)} onWithdraw={onWithdraw} />
    </article>
  );
}
