import type { ReleaseLine, ReleaseSheet } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import { Link } from "../routing/link.tsx";
import { readinessPath } from "../routing/route.ts";
import { type ChangedPart, changedParts, KNOWN_WORDS, PART_WORDS, stopWords } from "../view/change-words.ts";
import { type NextStep, nextSteps, SIGNING_ROLES } from "../view/release-words.ts";
import { visibleText } from "../view/visible-text.ts";
import { CommandLine } from "./command-line.tsx";

function Step({ step, agent }: { readonly step: NextStep; readonly agent: string }): ReactNode {
  switch (step.kind) {
    case "mend":
      return (
        <li>
          Mend what keeps it back: <Link to={readinessPath(agent)}>{step.blocking.join(", ")}</Link>, and
          propose it again: <CommandLine command={`narrowgate release propose ${agent}`} />
        </li>
      );
    case "sign":
      return (
        <li>
          Signatures of {step.missing.map(visibleText).join(", ")} are missing. Each of the four reads it and
          signs with her own passkey
          {step.url === undefined ? (
            ", on the approval origin; this instance has none yet"
          ) : (
            <>
              : <a href={step.url}>open the page on which it is signed</a>
            </>
          )}
        </li>
      );
    case "command":
      return (
        <li>
          An operator types this to {step.does}: <CommandLine command={step.command} />
        </li>
      );
    default:
      return <li>Nothing: this proposal is over.</li>;
  }
}

/** What happens next, and who does it. */
export function NextSteps({ release }: { readonly release: ReleaseLine }): ReactNode {
  return (
    <ol>
      {nextSteps(release).map((step) => (
        <Step key={step.kind === "command" ? step.command : step.kind} step={step} agent={release.agent} />
      ))}
    </ol>
  );
}

/** The four signatures, each by another person. */
export function Signatures({ release }: { readonly release: ReleaseLine }): ReactNode {
  const { signed, lapsed } = release;
  return (
    <ul className="signatures">
      {SIGNING_ROLES.map(([role, words]) => {
        const own = signed.find((one) => one.role === role);
        const hasLapsed = lapsed.includes(role);
        const look = own === undefined ? "open" : hasLapsed ? "lapsed" : "signed";
        return (
          <li key={role} className={`signature is-${look}`}>
            <strong>{words}</strong>
            <span>{own === undefined ? "missing" : visibleText(own.name)}</span>
            {hasLapsed && <span>does not count any more</span>}
          </li>
        );
      })}
    </ul>
  );
}

function Side(props: { readonly sign: "before" | "after"; readonly values: readonly string[] }): ReactNode {
  const { sign, values } = props;
  if (values.length === 0) return null;
  return (
    <p className={`side is-${sign}`}>
      <span aria-hidden="true">{sign === "before" ? "−" : "+"} </span>
      <span className="visually-hidden">{sign === "before" ? "Before: " : "After: "}</span>
      {values.join("\n")}
    </p>
  );
}

const marks = { added: "+", removed: "−", changed: "~" } as const;

function Change({ change }: { readonly change: ChangedPart["changes"][number] }): ReactNode {
  const { change: kind, name, lines } = change;
  return (
    <li className={`change is-${kind}`}>
      <p>
        <span aria-hidden="true">{marks[kind]} </span>
        <strong>{name}</strong> <span className="quiet">{kind}</span>
      </p>
      {lines.map(({ label, before, after }) => (
        <div key={label} className="change-line">
          {label !== "" && <span className="change-label">{label}</span>}
          <div>
            <Side sign="before" values={before} />
            <Side sign="after" values={after} />
          </div>
        </div>
      ))}
    </li>
  );
}

/** A difference part by part, each marked by how well it is known. */
export function ReleaseDifference(props: {
  readonly diff: ReleaseSheet["diff"];
  /** How policies are called, by digest. */
  readonly names?: ReleaseSheet["policy_names"] | undefined;
}): ReactNode {
  const { diff, names } = props;
  if (diff.length === 0) return <p>Nothing differs.</p>;
  return changedParts(diff, names).map(({ part, known, changes }) => (
    <section key={part} aria-label={PART_WORDS[part]} className="changed-part">
      <h3>
        {PART_WORDS[part]} <span className={`badge known-${known}`}>{known}</span>{" "}
        <span className="quiet">{KNOWN_WORDS[known]}</span>
      </h3>
      <ul className="changes">
        {changes.map((change) => (
          <Change key={change.name} change={change} />
        ))}
      </ul>
    </section>
  ));
}

/** How what is registered now compares with what was signed. */
export function DriftPart({ release }: { readonly release: ReleaseSheet }): ReactNode {
  const { drift, state, agent, policy_names: names } = release;
  const { stops, changes } = drift;
  if (stops.length + changes.length === 0)
    return <p>None: what is registered now is what this release is made of.</p>;
  const isActive = state === "active";
  return (
    <>
      {stops.length > 0 ? (
        <p className="failure" role="note">
          {isActive ? `${visibleText(agent)} gets no tokens` : "It could not come into force now"}: not as it
          was signed: {stops.map(stopWords).join("; ")}.
        </p>
      ) : (
        <p>
          {isActive
            ? "Operations that differ have left: no token has them, and calls to them are refused. The rest goes on."
            : "It could not come into force now: operations differ."}
        </p>
      )}
      {changes.length > 0 && <ReleaseDifference diff={changes} names={names} />}
    </>
  );
}
