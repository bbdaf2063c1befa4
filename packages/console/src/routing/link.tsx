import type { MouseEvent, ReactNode } from "react";
import { goTo } from "./use-path.ts";

/** A link inside the console. Opening in another tab, and everything else a link can do, works as ever. */
export function Link(props: {
  readonly to: string;
  /** Whether it leads to where the reader is: to the very page, or to the section it stands in. */
  readonly current?: "page" | "true" | undefined;
  readonly className?: string;
  readonly children: ReactNode;
}): ReactNode {
  const { to, current, className, children } = props;
  const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    goTo(to);
  };
  return (
    <a href={to} className={className} aria-current={current} onClick={follow}>
      {children}
    </a>
  );
}
