import type { Report, Verdict } from "@narrowgate/verifier";
import type { ReactNode } from "react";
import type { Verification } from "../verification/messages.ts";
import type { BundleView } from "../view/bundle-view.ts";
import { shownTime } from "../view/shown-time.ts";
import { STATUS_MEANINGS, StatusBadge } from "./status-badge.tsx";

const meanings: Readonly<Record<Verdict, string>> = {
  verified:
    "Every signature, every hop and every decision holds, under the log key and the witnesses of your trust file.",
  "verified, unwitnessed":
    "Every signature, every hop and every decision holds under the log key of your trust file. No witness was asked for, so the operator could have rewritten this.",
  "self-consistent":
    "Everything in the file fits together: signatures, hops and decisions. Without a trust file nothing says that this is the log you know.",
  open: "Everything in this file holds, but the transaction had not ended when it was exported: it may have gone on since.",
  failed: "This file does not hold. Do not rely on anything in it.",
};

const marks: Readonly<Record<Verdict, string>> = {
  verified: "✓",
  "verified, unwitnessed": "✓",
  "self-consistent": "≈",
  open: "…",
  failed: "✕",
};

function Failures({ failures }: Pick<BundleView, "failures">): ReactNode {
  return (
    <ul className="failures">
      {failures.map(({ rule, message, entry }) => (
        <li key={`${rule} ${entry ?? ""} ${message}`}>
          <strong>Rule {rule}:</strong> {message}
          {entry !== undefined && (
            <>
              {" "}
              (entry <code>{entry}</code>)
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

function Counts({ counts }: Pick<Report, "counts">): ReactNode {
  return (
    <ul className="counts" aria-label="Lines of the story by how far they can be believed">
      {(["proven", "signed", "claimed", "erased", "missing"] as const).map((status) => (
        <li key={status}>
          <span className="count">{counts[status]}</span> <StatusBadge status={status} />
          <span className="quiet">{STATUS_MEANINGS[status]}</span>
        </li>
      ))}
    </ul>
  );
}

function Row({ label, children }: { readonly label: string; readonly children: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Proofs({ verification }: { readonly verification: Verification }): ReactNode {
  const { engine, fileDigest, fileBytes, elapsedMs, view } = verification;
  const { decisions, log, provenance, witnesses } = view.report;
  return (
    <dl className="facts">
      <Row label="Decisions">
        {decisions.recomputed} recomputed here, {decisions.refusedBeforePolicy} refused before policy,{" "}
        {decisions.notRecomputed} not recomputed
      </Row>
      <Row label="Inputs of decisions">
        {provenance.derived} follow from earlier entries, {provenance.signed} signed by another party,{" "}
        {provenance.gate} claimed by the gate
      </Row>
      {log !== undefined && (
        <Row label="Log">
          {log.origin}, {log.size} entries
        </Row>
      )}
      {witnesses.map(({ name, time }) => (
        <Row key={name} label="Witness">
          {name}, {shownTime(time * 1000)}
        </Row>
      ))}
      <Row label="Policy engine">
        Cedar {engine.cedarVersion}, WebAssembly digest{" "}
        <code data-testid="engine-digest">{engine.wasmDigest}</code>
      </Row>
      <Row label="Decision procedure">
        <code data-testid="procedure-digest">{engine.procedureDigest}</code>
      </Row>
      <Row label="File">
        {fileBytes.toLocaleString("en-GB")} bytes, SHA-256 <code>{fileDigest}</code>
      </Row>
      <Row label="Checked">in this browser, without asking anybody, in {elapsedMs} ms</Row>
    </dl>
  );
}

/** The verdict on a bundle, what it rests on, and which code came to it. */
export function VerdictPanel({ verification }: { readonly verification: Verification }): ReactNode {
  const { report, failures } = verification.view;
  const { verdict, upToHere, notes } = report;
  return (
    <div className={`verdict verdict-${verdict.replace(/\W+/g, "-")}`}>
      <p className="verdict-word" data-testid="verdict">
        <span aria-hidden="true">{marks[verdict]}</span> {verdict}
      </p>
      <p>{meanings[verdict]}</p>
      {upToHere !== undefined && (
        <p>
          Up to here: <strong>{upToHere}</strong>. {meanings[upToHere]}
        </p>
      )}
      {failures.length > 0 && <Failures failures={failures} />}
      <Counts counts={report.counts} />
      {notes.length > 0 && (
        <ul className="notes">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      <details>
        <summary>What the verdict rests on</summary>
        <Proofs verification={verification} />
      </details>
    </div>
  );
}
