import { type ReactNode, useEffect, useRef, useState } from "react";

/** The parts of a long page, to jump to. It reads the headings that stand beside it, so that it names no part that is not there. */
export function PageContents(): ReactNode {
  const own = useRef<HTMLElement>(null);
  const [headings, setHeadings] = useState<readonly HTMLElement[]>([]);
  useEffect(() => {
    const main = own.current?.closest("main");
    setHeadings([...(main?.querySelectorAll<HTMLElement>("section > h2[id]") ?? [])]);
  }, []);
  return (
    <nav ref={own} aria-label="On this page" className="contents">
      <ul>
        {headings.map((heading) => (
          <li key={heading.id}>
            <a href={`#${heading.id}`}>{heading.textContent}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
