import type { ReactNode } from "react";
import type { ActorNode } from "../view/actor-tree.ts";
import { counted } from "../view/counted.ts";

function callsText({ permits, refusals }: ActorNode): string {
  const calls = permits + refusals;
  return calls === 0 ? "no calls" : `${counted(permits, "call")} permitted, ${refusals} refused`;
}

function Actor({ node }: { readonly node: ActorNode }): ReactNode {
  if (node.kind === "subject") {
    return (
      <div className="actor actor-subject">
        <strong>{node.name}</strong>
        <span className="quiet">asked</span>
      </div>
    );
  }
  return (
    <div className="actor">
      <strong>{node.name}</strong>
      <span className="quiet">
        {node.tokens === 0 ? "no token disclosed" : counted(node.tokens, "token")}, {callsText(node)}
      </span>
      {node.scopes.length > 0 && (
        <ul className="scopes" aria-label={`Scopes of ${node.name}`}>
          {node.scopes.map((scope) => (
            <li key={scope}>
              <code>{scope}</code>
            </li>
          ))}
        </ul>
      )}
      {node.grants.length > 0 && (
        <ul className="grants" aria-label={`What ${node.name} may do`}>
          {node.grants.map((grant) => (
            <li key={grant}>{grant}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Branch({ node }: { readonly node: ActorNode }): ReactNode {
  return (
    <li>
      <Actor node={node} />
      {node.children.length > 0 && (
        <ul>
          {node.children.map((child) => (
            <Branch key={child.name} node={child} />
          ))}
        </ul>
      )}
    </li>
  );
}

/** Who acted for whom, drawn as a tree from the person at the top. */
export function ChainTree({ root }: { readonly root: ActorNode }): ReactNode {
  return (
    <ul className="chain" aria-label="Chain of delegation">
      <Branch node={root} />
    </ul>
  );
}
