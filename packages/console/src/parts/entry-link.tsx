import type { ReactNode } from "react";
import { Link } from "../routing/link.tsx";
import { entryPath } from "../routing/route.ts";

/** A link to a leaf of the log, by its place where that is known. */
export function EntryLink(props: {
  readonly entry: string;
  readonly index?: number | undefined;
  readonly children?: ReactNode;
}): ReactNode {
  const { entry, index, children } = props;
  return (
    <Link to={entryPath(entry, index)}>
      {children ?? (index === undefined ? `entry ${entry.slice(0, 8)}…` : `entry ${index}`)}
    </Link>
  );
}
