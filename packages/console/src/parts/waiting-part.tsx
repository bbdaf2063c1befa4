import type { WaitingCalls } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import { Link } from "../routing/link.tsx";
import { WaitingTable } from "./waiting-table.tsx";

/** What waits for people, up to `most` of it; where nothing does, how a call comes to wait. */
export function WaitingPart(props: { readonly waiting: WaitingCalls; readonly most: number }): ReactNode {
  const { waiting, most } = props;
  const { isSetUp, total, approvals } = waiting;
  if (!isSetUp)
    return (
      <p className="empty">
        There is no place at which people approve. Give the configuration an <code>approvals</code> origin,
        then invite people: <code>narrowgate people invite NAME --role approver</code>
      </p>
    );
  if (approvals.length === 0)
    return (
      <p className="empty">
        Nothing waits for a person. A call waits when a policy that refuses it carries <code>@approval</code>.
        On the server, see the same list by <code>narrowgate approval list</code>
      </p>
    );
  const shown = approvals.slice(0, most);
  return (
    <>
      <WaitingTable calls={shown} />
      {shown.length < total && (
        <p>
          {total} wait in all; the oldest {shown.length} stand here. <Link to="/inbox">Open the inbox</Link>.
        </p>
      )}
    </>
  );
}
