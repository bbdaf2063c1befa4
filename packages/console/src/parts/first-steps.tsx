import type { ReactNode } from "react";

/** What an instance without transactions shows: how the first one comes about. */
export function FirstSteps(): ReactNode {
  return (
    <div className="empty">
      <h2>No transaction yet</h2>
      <p>
        A transaction is everything that happens under one mandate: who asked, which agents acted, every call
        that was permitted or refused, and the proof of it. To make the first one:
      </p>
      <ol>
        <li>
          Register your agents and servers: <code>narrowgate apply -f narrowgate.yaml</code>
        </li>
        <li>
          Open a mandate for an agent: <code>narrowgate mandate open --agent ID --purpose TEXT</code>
        </li>
        <li>
          Run the agent under it: <code>narrowgate run --agent ID -- COMMAND</code>
        </li>
      </ol>
      <p>
        To see one without agents of your own, run <code>narrowgate tour</code>. Then load this page again.
      </p>
    </div>
  );
}
