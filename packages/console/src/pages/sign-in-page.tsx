import { type FormEvent, type ReactNode, useState } from "react";
import { signIn } from "../api/session.ts";
import { PageFrame } from "../parts/page-frame.tsx";
import type { Route } from "../routing/route.ts";

/** Asks for the code that an operator had made. It is typed by hand and never stands in an address. */
export function SignInPage(props: {
  readonly page: Route["page"];
  readonly onSignedIn: () => void;
}): ReactNode {
  const { page, onSignedIn } = props;
  const [code, setCode] = useState("");
  const [problem, setProblem] = useState<string>();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const answer = await signIn(code);
    if (answer.kind === "signed-in") onSignedIn();
    else setProblem(answer.message);
  };
  return (
    <PageFrame title="Sign in" page={page}>
      <p>
        Transactions hold personal data, so reading them is recorded. Have an operator run{" "}
        <code>narrowgate console code</code> on the server, and type the code it prints.
      </p>
      <form className="sign-in" onSubmit={(event) => void submit(event)}>
        <label htmlFor="code">Code</label>
        <input
          id="code"
          name="code"
          value={code}
          onChange={({ target }) => setCode(target.value)}
          autoComplete="one-time-code"
          autoCapitalize="characters"
          spellCheck={false}
          maxLength={16}
          required
          aria-describedby="code-hint"
          aria-invalid={problem !== undefined}
        />
        <p id="code-hint" className="quiet">
          Eight characters; good for five minutes and five tries.
        </p>
        <button type="submit">Sign in</button>
        <p role="alert" className="failure">
          {problem}
        </p>
      </form>
      <p>
        Or <a href="/people/sign-in">sign in as yourself</a>, with a passkey or at your provider.
      </p>
    </PageFrame>
  );
}
