import type { RegistryReader } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import { createMintDecider } from "../decisions/decide-mint.ts";
import type { MintQuestion } from "../decisions/mint-question.ts";
import type { DecisionPorts } from "../decisions/ports.ts";
import { stableAttributes } from "../evidence/inputs.ts";
import type { MintFacts, StsPorts } from "../sts/index.ts";
import { agentUrl, decisionPointUrl, serverUrl } from "../sts/index.ts";

/** What policy is told of the next resource: the server, or the agent of a hand-off. */
function targetOf(
  { target, client }: MintFacts,
  issuer: string,
  registry: RegistryReader,
): MintQuestion["target"] {
  // No server can have an id with a slash; the address stands in the ceiling of the agent's registration.
  if (target === decisionPointUrl(issuer))
    return { type: "Server", id: "access/v1", entry: client.entry, attrs: {} };
  const agents = agentUrl(issuer, "");
  if (target.startsWith(agents)) {
    const agent = registry.agent(target.slice(agents.length));
    if (agent === undefined) throw new NarrowgateError("invalid_target", "the agent is not registered");
    const { id, entry, tier, owner, purpose } = agent;
    return { type: "Agent", id, entry, attrs: { owner, purpose, tier } };
  }
  const server = registry.server(target.slice(serverUrl(issuer, "").length));
  if (server === undefined) throw new NarrowgateError("invalid_target", "the server is not registered");
  return { type: "Server", id: server.id, entry: server.entry, attrs: {} };
}

/** The policy side of the token service. */
export function mintDecider(
  issuer: string,
  registry: RegistryReader,
  ports: DecisionPorts,
): Pick<StsPorts, "decideMint" | "policyInForce"> {
  const decide = createMintDecider(ports, stableAttributes);
  return {
    policyInForce() {
      const { compiled, procedure } = ports.policies(undefined);
      return { policy: compiled.digest, procedure };
    },
    decideMint: (facts: MintFacts) => decide({ ...facts, target: targetOf(facts, issuer, registry) }),
  };
}
