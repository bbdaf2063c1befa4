import type { ReactNode } from "react";

/** One fact of a list. */
export function Fact({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Facts by name, in their order; what stands in it otherwise follows them. */
export function FactList(props: {
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly children?: ReactNode;
}): ReactNode {
  return (
    <dl className="facts">
      {props.facts.map(([label, value]) => (
        <Fact key={label} label={label}>
          {value}
        </Fact>
      ))}
      {props.children}
    </dl>
  );
}
