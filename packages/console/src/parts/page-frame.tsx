import { type ReactNode, useEffect, useRef } from "react";
import { Link } from "../routing/link.tsx";
import type { Route } from "../routing/route.ts";

const places: readonly (readonly [to: string, name: string, page: Route["page"]])[] = [
  ["/", "Home", "home"],
  ["/inbox", "Inbox", "inbox"],
  ["/agents", "Agents", "agents"],
  ["/people", "People", "people"],
  ["/consents", "Consents", "consents"],
  ["/policies", "Policies", "policies"],
  ["/transactions", "Transactions", "transactions"],
  ["/readiness", "Readiness", "readiness"],
  ["/drills", "Drills", "drills"],
  ["/releases", "Releases", "releases"],
  ["/audit", "Audit", "audit"],
  ["/verify", "Verify a file", "verify"],
];

function Navigation(props: {
  readonly page: Route["page"];
  readonly onSignOut: (() => void) | undefined;
}): ReactNode {
  const { page, onSignOut } = props;
  return (
    <header className="top">
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <span className="brand">Narrowgate</span>
      <nav aria-label="Console">
        {places.map(([to, name, own]) => (
          <Link key={to} to={to} current={page === own}>
            {name}
          </Link>
        ))}
      </nav>
      {onSignOut !== undefined && (
        <button type="button" className="plain" onClick={onSignOut}>
          Sign out
        </button>
      )}
    </header>
  );
}

// The browser itself places the reader on the first page; on every later one we do.
let isFirstPage = true;

/** Head and content of every page. Coming from another page, the reader begins at the new heading. */
export function PageFrame(props: {
  readonly title: string;
  readonly page: Route["page"];
  readonly onSignOut?: (() => void) | undefined;
  readonly children: ReactNode;
}): ReactNode {
  const { title, page, onSignOut, children } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Narrowgate`;
    if (!isFirstPage) heading.current?.focus();
    isFirstPage = false;
  }, [title]);
  return (
    <>
      <Navigation page={page} onSignOut={onSignOut} />
      <main id="main">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {children}
      </main>
    </>
  );
}
