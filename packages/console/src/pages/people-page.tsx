import type { PersonLine } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import { listPeople } from "../api/roll.ts";
import { CardTable } from "../parts/card-table.tsx";
import { PageFrame } from "../parts/page-frame.tsx";
import { PersonConsents } from "../parts/person-consents.tsx";
import { RollPart } from "../parts/roll-part.tsx";
import { visibleText } from "../view/visible-text.ts";
import type { SessionProps } from "./session-props.ts";

function Row({ person }: { readonly person: PersonLine }): ReactNode {
  const { name, roles, passkeys } = person;
  return (
    <tr>
      <th scope="row" data-label="Name">
        {visibleText(name)}
      </th>
      <td data-label="Roles">{roles.length === 0 ? "none" : roles.map(visibleText).join(", ")}</td>
      <td data-label="Passkeys" className="number">
        {passkeys.length}
      </td>
      <td data-label="Authenticators">{[...new Set(passkeys)].map(visibleText).join(", ")}</td>
      <td data-label="Consents">
        <PersonConsents person={person} />
      </td>
    </tr>
  );
}

const empty = (
  <p className="empty">
    Nobody is enrolled. To invite somebody, type <code>narrowgate people invite NAME --role approver</code>
  </p>
);

/** Who may sign in and approve, and which agents act for them by their consent. */
export function PeoplePage({ onSignedOut, onSignOut }: SessionProps): ReactNode {
  return (
    <PageFrame title="People" page="people" onSignOut={onSignOut}>
      <RollPart list={listPeople} onSignedOut={onSignedOut} empty={empty}>
        {(people) => (
          <CardTable
            caption="People who may sign in or approve"
            columns={["Name", "Roles", { number: "Passkeys" }, "Authenticators", "Consents"]}
          >
            {people.map((person) => (
              <Row key={person.ref} person={person} />
            ))}
          </CardTable>
        )}
      </RollPart>
    </PageFrame>
  );
}
