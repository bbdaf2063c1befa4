import { type ReactNode, useCallback, useState } from "react";
import { signOut } from "./api/session.ts";
import { keepDraft } from "./editor/draft.ts";
import { AgentPage } from "./pages/agent-page.tsx";
import { AgentReadinessPage } from "./pages/agent-readiness-page.tsx";
import { AgentsPage } from "./pages/agents-page.tsx";
import { AuditPage } from "./pages/audit-page.tsx";
import { ConsentsPage } from "./pages/consents-page.tsx";
import { DrillsPage } from "./pages/drills-page.tsx";
import { EntryPage } from "./pages/entry-page.tsx";
import { HomePage } from "./pages/home-page.tsx";
import { InboxPage } from "./pages/inbox-page.tsx";
import { PeoplePage } from "./pages/people-page.tsx";
import { PoliciesPage } from "./pages/policies-page.tsx";
import { PolicyEditorPage } from "./pages/policy-editor-page.tsx";
import { PolicyVersionPage } from "./pages/policy-version-page.tsx";
import { ReadinessPage } from "./pages/readiness-page.tsx";
import { ReleasePage } from "./pages/release-page.tsx";
import { ReleasesPage } from "./pages/releases-page.tsx";
import type { SessionProps } from "./pages/session-props.ts";
import { SignInPage } from "./pages/sign-in-page.tsx";
import { TransactionPage } from "./pages/transaction-page.tsx";
import { TransactionsPage } from "./pages/transactions-page.tsx";
import { VerifyPage } from "./pages/verify-page.tsx";
import { PageFrame } from "./parts/page-frame.tsx";
import { Link } from "./routing/link.tsx";
import { parseRoute, type SignedInRoute } from "./routing/route.ts";
import { usePath } from "./routing/use-path.ts";

function UnknownPage(): ReactNode {
  return (
    <PageFrame title="Not found" page="unknown">
      <p>
        There is no page at this address. <Link to="/">Go to the beginning</Link>.
      </p>
    </PageFrame>
  );
}

/** Pages about what agents are held to; undefined for all others. */
function assurancePage(route: SignedInRoute, session: SessionProps): ReactNode {
  switch (route.page) {
    case "releases":
      return <ReleasesPage {...session} />;
    case "release":
      return <ReleasePage key={route.id} id={route.id} {...session} />;
    case "readiness":
      return <ReadinessPage {...session} />;
    case "agent-readiness":
      return <AgentReadinessPage key={route.id} id={route.id} {...session} />;
    case "drills":
      return <DrillsPage {...session} />;
    case "audit":
      return <AuditPage {...session} />;
    case "entry":
      return <EntryPage key={route.id} id={route.id} at={route.at} {...session} />;
    default:
      return undefined;
  }
}

function SignedInPage(props: { readonly route: SignedInRoute; readonly session: SessionProps }): ReactNode {
  const { route, session } = props;
  switch (route.page) {
    case "home":
      return <HomePage {...session} />;
    case "inbox":
      return <InboxPage {...session} />;
    case "agents":
      return <AgentsPage {...session} />;
    case "agent":
      return <AgentPage key={route.id} id={route.id} {...session} />;
    case "people":
      return <PeoplePage {...session} />;
    case "policies":
      return <PoliciesPage {...session} />;
    case "policy-version":
      return <PolicyVersionPage key={route.version} version={route.version} {...session} />;
    case "policy-editor":
      return <PolicyEditorPage {...session} />;
    case "transactions":
      return <TransactionsPage {...session} />;
    case "transaction":
      return <TransactionPage key={route.id} id={route.id} {...session} />;
    default:
      return assurancePage(route, session);
  }
}

/** The console: a page for each address, and the sign-in page in place of those that need it. */
export function App(): ReactNode {
  const route = parseRoute(usePath());
  const [isSignedOut, setSignedOut] = useState(false);
  const onSignedOut = useCallback(() => setSignedOut(true), []);
  const onSignOut = useCallback(() => {
    keepDraft(undefined);
    void signOut().then(() => setSignedOut(true));
  }, []);
  if (route.page === "verify") return <VerifyPage />;
  if (route.page === "unknown") return <UnknownPage />;
  if (route.page === "consents") return <ConsentsPage onSignOut={onSignOut} />;
  if (isSignedOut) return <SignInPage page={route.page} onSignedIn={() => setSignedOut(false)} />;
  const session = { onSignedOut, onSignOut };
  return <SignedInPage route={route} session={session} />;
}
