import { narrower, parseAuthority } from "@narrowgate/authority";
import type { MandateDocument } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import type { MandatePorts } from "./ports.ts";

/**
 * Checks that a mandate may be opened: the agent is active, its subject is no other agent, its life is bounded, its
 * authority is within the ceiling.
 * @throws `agent_inactive`, `malformed_input`, `malformed_authority`, `invalid_authorization_details`
 */
export function checkAuthority(document: MandateDocument, ports: MandatePorts): void {
  const agent = ports.registry.agent(document.agent);
  if (agent?.state !== "active") throw new NarrowgateError("agent_inactive", "the agent is not active");
  const own = `agent:${document.agent}`;
  if (document.subject.startsWith("agent:") && document.subject !== own)
    throw new NarrowgateError("malformed_input", "/subject must be a person, or the agent itself");
  const nowS = Math.floor(ports.clock.nowMs() / 1000);
  const { maxLifeSeconds } = ports.bounds;
  if (document.expires <= nowS || document.expires > nowS + maxLifeSeconds)
    throw new NarrowgateError(
      "malformed_input",
      `/expires must be within ${maxLifeSeconds} seconds from now`,
    );
  const result = narrower(parseAuthority(agent.ceiling), parseAuthority(document.authority));
  if (result.kind === "wider")
    throw new NarrowgateError(
      "invalid_authorization_details",
      `the mandate exceeds the agent's ceiling in ${result.violation.dimension} at ${result.violation.path}`,
    );
}
