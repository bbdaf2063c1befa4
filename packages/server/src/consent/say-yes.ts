import { randomId } from "@narrowgate/kernel";
import type Provider from "oidc-provider";
import { MANDATE_SCOPE } from "./asked-authority.ts";
import type { ConsentTable } from "./consent-table.ts";
import { placeOf } from "./pages.ts";
import type { ConsentPorts, PersonHere } from "./ports.ts";
import type { Prepared } from "./prepared-consents.ts";
import { signStatement } from "./subject-statement.ts";

/** What a yes stands on. */
export interface YesRoom {
  readonly ports: ConsentPorts;
  readonly consents: ConsentTable;
  readonly provider: () => Provider;
}

/**
 * A person said yes: the mandate she was shown is opened, and the provider may give what leads to its tokens.
 * ORDER: the mandate first, for it is what can be refused; what follows is only worth something with it.
 * @returns id of the consent, which is that of the provider's grant
 * @throws what opening a mandate throws
 */
export async function sayYes(
  { question, document, digest }: Prepared,
  person: PersonHere,
  { ports, consents, provider }: YesRoom,
): Promise<string> {
  const { issuer, clock } = ports;
  const nowMs = clock.nowMs();
  const about = { issuer, agent: document.agent, digest, nowMs };
  // INVARIANT: the room states what it saw, a passkey used just now; a session that stood open is no signature.
  const statement = person.isFresh ? await signStatement(person, about, ports.signer()) : undefined;
  const mandate = await ports.mandates.open(document, statement);
  const id = randomId();
  const { client, redirectUri, asked } = question;
  await consents.add({
    id,
    mandate: mandate.id,
    agent: document.agent,
    client,
    person: person.ref,
    redirectHost: redirectUri === undefined ? "" : placeOf(redirectUri),
    ...(asked.dpop_jkt === undefined ? {} : { jkt: asked.dpop_jkt }),
    atMs: nowMs,
    expiresAtMs: document.expires * 1000,
  });
  const { Grant } = provider();
  const grant = Object.assign(new Grant({ accountId: person.ref, clientId: client }), { jti: id });
  grant.addOIDCScope(`openid offline_access ${MANDATE_SCOPE}`);
  await grant.save();
  return id;
}
