import type {
  AgentRecord,
  AgentSpec,
  IssuerSpec,
  ServerRecord,
  ServerSpec,
  ToolRecord,
  ToolSpec,
  TrustedIssuer,
} from "@narrowgate/contracts";

/** What was declared of a registered agent. */
export function agentSpec({ ref: _, entry: _e, version: _v, state: _s, ...spec }: AgentRecord): AgentSpec {
  return spec;
}

function withoutPins(list: readonly ToolRecord[]): readonly ToolSpec[] {
  return list.map(({ pin: _, ...operation }) => operation);
}

/** What was declared of a registered server. */
export function serverSpec(record: ServerRecord): ServerSpec {
  const { ref: _, entry: _e, version: _v, state: _s, tools, prompts, resources, ...rest } = record;
  return {
    ...rest,
    tools: withoutPins(tools),
    prompts: withoutPins(prompts),
    resources: withoutPins(resources),
  };
}

/** What was declared of a trusted issuer. */
export function issuerSpec({ entry: _, ...spec }: TrustedIssuer): IssuerSpec {
  return spec;
}
