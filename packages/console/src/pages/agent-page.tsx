import type { AgentInstance, AgentSheet } from "@narrowgate/contracts";
import { type ReactNode, useCallback } from "react";
import { readAgent } from "../api/roll.ts";
import { listTransactionsOf } from "../api/transactions.ts";
import { useLoaded } from "../api/use-loaded.ts";
import { Fact, FactList } from "../parts/fact-list.tsx";
import { LoadedPart, Section } from "../parts/loaded-part.tsx";
import { PageFrame } from "../parts/page-frame.tsx";
import { TransactionTable } from "../parts/transaction-table.tsx";
import { Link } from "../routing/link.tsx";
import { agentPath, readinessPath } from "../routing/route.ts";
import { grantWords } from "../view/grant-words.ts";
import { postureWords } from "../view/posture-words.ts";
import { shownTime } from "../view/shown-time.ts";
import { visibleText } from "../view/visible-text.ts";
import type { SessionProps } from "./session-props.ts";

function Facts({ agent }: { readonly agent: AgentSheet }): ReactNode {
  const { tier, owner, deputy, purpose, state, expires, delegates } = agent;
  const facts = [
    ["Purpose", visibleText(purpose)],
    ["State", visibleText(state)],
    ["Tier", `${visibleText(tier)}: ${postureWords(tier)}`],
    ["Owner", visibleText(owner)],
    ["Deputy", visibleText(deputy)],
    ["Expires", shownTime(expires * 1000)],
  ] as const;
  return (
    <FactList facts={facts}>
      <Fact label="Readiness">
        <Link to={readinessPath(agent.id)}>What its evidence bears out</Link>
      </Fact>
      {delegates.length > 0 && (
        <Fact label="Hands off to">
          {delegates.map((id) => (
            <span key={id}>
              <Link to={agentPath(id)}>{visibleText(id)}</Link>{" "}
            </span>
          ))}
        </Fact>
      )}
    </FactList>
  );
}

function Instance({ instance }: { readonly instance: AgentInstance }): ReactNode {
  const { ref, name, method, assurance, state, lastMs } = instance;
  return (
    <li>
      <strong>{name === "" ? ref : visibleText(name)}</strong>{" "}
      <span className="badge">{visibleText(state)}</span> {visibleText(method)}, {visibleText(assurance)},
      last seen {shownTime(lastMs)}
    </li>
  );
}

function Sheet({ agent }: { readonly agent: AgentSheet }): ReactNode {
  const { id, ceiling, instances } = agent;
  return (
    <>
      <Facts agent={agent} />
      <Section title="What it may do at most">
        {ceiling.length === 0 ? (
          <p>Nothing.</p>
        ) : (
          <ul>
            {ceiling.map((detail) => (
              <li key={JSON.stringify(detail)}>{visibleText(grantWords(detail))}</li>
            ))}
          </ul>
        )}
      </Section>
      <Section title="Where it runs">
        {instances.length === 0 ? (
          <p className="empty">
            Nothing has joined as this agent. To run it, type{" "}
            <code>narrowgate run --agent {visibleText(id)} -- COMMAND</code>
          </p>
        ) : (
          <ul>
            {instances.map((instance) => (
              <Instance key={instance.ref} instance={instance} />
            ))}
          </ul>
        )}
      </Section>
    </>
  );
}

/** One agent: who answers for it, what it may do at most, where it runs, and what it took part in lately. */
export function AgentPage({ id, onSignedOut, onSignOut }: SessionProps & { readonly id: string }): ReactNode {
  const load = useCallback((signal: AbortSignal) => readAgent(id, signal), [id]);
  const loadLately = useCallback((signal: AbortSignal) => listTransactionsOf(id, signal), [id]);
  const state = useLoaded(load, onSignedOut);
  const lately = useLoaded(loadLately, onSignedOut);
  return (
    <PageFrame title={`Agent ${id}`} page="agent" onSignOut={onSignOut}>
      <LoadedPart state={state}>
        {(agent) => (
          <>
            <Sheet agent={agent} />
            <Section title="What it took part in lately">
              <LoadedPart state={lately}>
                {(transactions) =>
                  transactions.length === 0 ? (
                    <p className="empty">Nothing yet.</p>
                  ) : (
                    <TransactionTable transactions={transactions} />
                  )
                }
              </LoadedPart>
            </Section>
          </>
        )}
      </LoadedPart>
    </PageFrame>
  );
}
