import { type ReactNode, useId } from "react";
import type { Loaded } from "../api/use-loaded.ts";

/** What was loaded, or in its place what became of it. */
export function LoadedPart<T>(props: {
  readonly state: Loaded<T>;
  readonly children: (value: T) => ReactNode;
}): ReactNode {
  const { state, children } = props;
  if (state.kind === "ok") return children(state.value);
  if (state.kind === "failed") return <p role="alert">{state.message}</p>;
  return <p role="status">Loading…</p>;
}

/** A part of a page under a heading of its own. */
export function Section({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ReactNode;
}): ReactNode {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}
