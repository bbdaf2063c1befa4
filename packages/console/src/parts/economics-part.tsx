import type { Assumptions } from "@narrowgate/assurance/reading";
import type { AgentWork } from "@narrowgate/contracts";
import { isNarrowgateError } from "@narrowgate/kernel";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import type { Reading } from "../api/assurance.ts";
import { visibleText } from "../view/visible-text.ts";
import { CardTable } from "./card-table.tsx";

/** What somebody states of money: name in a file of assumptions, and in words. */
const questions: readonly (readonly [name: string, words: string])[] = [
  ["value_per_task", "Value of a completed task"],
  ["build_cost", "Cost of building it, once"],
  ["run_cost_per_month", "Cost of running it, for 30 days"],
  ["cost_per_call", "Cost of a call"],
  ["approver_cost_per_hour", "An hour of an approver"],
];

function Question({ name, words }: { readonly name: string; readonly words: string }): ReactNode {
  const id = useId();
  return (
    <div>
      <label htmlFor={id}>{words}</label>
      <input id={id} name={name} type="number" min="0" step="any" required defaultValue="0" />
    </div>
  );
}

function assumptionsIn(form: FormData, reading: Reading): Assumptions {
  const numbers = questions.map(([name]) => [name, Number(form.get(name))]);
  return reading.readAssumptions({ currency: form.get("currency"), ...Object.fromEntries(numbers) });
}

const bases = { measured: "enforced", assumption: "declared", computed: "attested" } as const;

/** What the agent completed, measured, beside what somebody declares of money. What is typed stays in this browser. */
export function EconomicsPart(props: { readonly reading: Reading; readonly work: AgentWork }): ReactNode {
  const { reading, work } = props;
  const currency = useId();
  const [problem, setProblem] = useState<string>();
  const [given, setGiven] = useState<Assumptions>();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    try {
      setGiven(assumptionsIn(new FormData(event.currentTarget), reading));
      setProblem(undefined);
    } catch (error) {
      setProblem(isNarrowgateError(error) ? error.publicMessage : "These are no assumptions.");
    }
  };
  const none = { currency: "EUR", valuePerTask: 0, buildCost: 0, runCostPerMonth: 0 };
  const figures = reading
    .economicsOf(work, given ?? { ...none, costPerCall: 0, approverCostPerHour: 0 })
    .filter(({ basis }) => given !== undefined || basis === "measured");
  return (
    <>
      <CardTable caption="Figures" columns={["Figure", { number: "Value" }, "Basis", "How"]}>
        {figures.map(({ name, value, unit, basis, says }) => (
          <tr key={name}>
            <th scope="row" data-label="Figure">
              {name}
            </th>
            <td data-label="Value" className="number">
              {value === undefined ? "cannot be said" : `${value} ${visibleText(unit)}`}
            </td>
            <td data-label="Basis">
              <span className={`badge known-${bases[basis]}`}>{basis}</span>
            </td>
            <td data-label="How">{says}</td>
          </tr>
        ))}
      </CardTable>
      <details>
        <summary>State what it is worth and costs</summary>
        <p className="quiet">Assumptions of yours: they stay in this browser, and are shown as such.</p>
        <form className="assumptions" onSubmit={submit}>
          <div>
            <label htmlFor={currency}>Currency</label>
            <input id={currency} name="currency" defaultValue="EUR" maxLength={8} required />
          </div>
          {questions.map(([name, words]) => (
            <Question key={name} name={name} words={words} />
          ))}
          <button type="submit">Compute</button>
          <p role="alert" className="failure">
            {problem}
          </p>
        </form>
      </details>
    </>
  );
}
