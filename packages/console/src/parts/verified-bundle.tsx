import type { ReactNode } from "react";
import type { Verification } from "../verification/messages.ts";
import { useVerification, type VerificationState } from "../verification/use-verification.ts";
import { ChainTree } from "./chain-tree.tsx";
import { Section } from "./loaded-part.tsx";
import { StatusBadge } from "./status-badge.tsx";
import { Timeline } from "./timeline-list.tsx";
import { VerdictPanel } from "./verdict-panel.tsx";

const basisSentences = {
  signed_by_subject: "On record as signed by the subject.",
  asserted_by_agent: "On record as the agent's own word: nobody else says that the subject asked.",
  operator: "On record as opened by an operator.",
} as const;

function WhoAsked({ view }: Pick<Verification, "view">): ReactNode {
  const { asked } = view;
  if (asked === undefined) return <p>No mandate is disclosed in this file.</p>;
  const { subject, agent, purpose, basis, status, by } = asked;
  return (
    <p>
      <strong>{subject ?? "Somebody (not disclosed)"}</strong> asked{" "}
      <strong>{agent ?? "an agent (not disclosed)"}</strong>
      {purpose !== undefined && <> to: “{purpose}”</>}. {basisSentences[basis]}{" "}
      <StatusBadge status={status} by={by} />
    </p>
  );
}

function Story({ view }: Pick<Verification, "view">): ReactNode {
  const { actors, hops, trouble } = view;
  return (
    <>
      <Section title="Who asked">
        <WhoAsked view={view} />
      </Section>
      <Section title="Chain">
        {actors === undefined ? <p>No token is disclosed in this file.</p> : <ChainTree root={actors} />}
      </Section>
      <Section title="Timeline">
        {hops.length === 0 ? (
          <p>Nothing is disclosed in this file.</p>
        ) : (
          <Timeline hops={hops} trouble={trouble} />
        )}
      </Section>
    </>
  );
}

function sentenceOf(state: VerificationState): string {
  if (state.kind === "running") return "Checking the proofs in this browser…";
  if (state.kind === "refused") return `Not checked: ${state.message}.`;
  return `Checked: ${state.verification.view.report.verdict}.`;
}

/** A bundle: its verdict, computed here and now, and its story. */
export function VerifiedBundle(props: {
  readonly bundle: Uint8Array<ArrayBuffer>;
  readonly trust: Uint8Array<ArrayBuffer> | undefined;
}): ReactNode {
  const state = useVerification(props.bundle, props.trust);
  const isPlain = state.kind !== "verified";
  return (
    <>
      <Section title="Verdict">
        <p role="status" className={isPlain ? "quiet" : "visually-hidden"}>
          {sentenceOf(state)}
        </p>
        {state.kind === "verified" && <VerdictPanel verification={state.verification} />}
      </Section>
      {state.kind === "verified" && <Story view={state.verification.view} />}
    </>
  );
}
