import { type ReactNode, useEffect, useRef } from "react";
import { Link } from "../routing/link.tsx";
import type { Route } from "../routing/route.ts";
import { type PlaceSection, SECTIONS, sectionOf } from "../routing/sections.ts";

/** Places of one section, where it has more than one. */
function Places(props: { readonly section: PlaceSection; readonly page: Route["page"] }): ReactNode {
  const { section, page } = props;
  if (section.places.length < 2) return null;
  return (
    <nav aria-label={section.name} className="places">
      <ul>
        {section.places.map(({ to, name, page: own }) => (
          <li key={to}>
            <Link to={to} current={page === own ? "page" : undefined}>
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Navigation(props: {
  readonly page: Route["page"];
  readonly onSignOut: (() => void) | undefined;
}): ReactNode {
  const { page, onSignOut } = props;
  const current = sectionOf(page);
  return (
    <header className="top">
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <div className="bar">
        <span className="brand">Narrowgate</span>
        <nav aria-label="Console" className="sections">
          <ul>
            {SECTIONS.map((section) => {
              const [{ to, page: first }] = section.places;
              const here =
                section === current
                  ? first === page && section.places.length < 2
                    ? "page"
                    : "true"
                  : undefined;
              return (
                <li key={section.name}>
                  <Link to={to} current={here}>
                    {section.name}
                  </Link>
                </li>
              );
            })}
          </ul>
        </nav>
        {onSignOut !== undefined && (
          <button type="button" className="plain" onClick={onSignOut}>
            Sign out
          </button>
        )}
      </div>
      {current !== undefined && <Places section={current} page={page} />}
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
