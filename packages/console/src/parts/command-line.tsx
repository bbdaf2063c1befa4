import { type ReactNode, useEffect, useState } from "react";
import { visibleText } from "../view/visible-text.ts";

const SHOWN_MS = 4_000;

/** A command that an operator types, with a button that copies it. Where the browser lets nothing be copied, it is marked. */
export function CommandLine({ command }: { readonly command: string }): ReactNode {
  const [said, setSaid] = useState("");
  useEffect(() => {
    const timer = said === "" ? undefined : setTimeout(() => setSaid(""), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const text = visibleText(command);
  const copy = async (button: HTMLElement): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied.");
    } catch {
      const code = button.parentElement?.querySelector("code");
      if (code) getSelection()?.selectAllChildren(code);
      setSaid("Marked: copy it with the keyboard.");
    }
  };
  return (
    <span className="command">
      <code>{text}</code>{" "}
      <button
        type="button"
        className="plain"
        aria-label={`Copy ${text}`}
        onClick={(event) => void copy(event.currentTarget)}
      >
        Copy
      </button>{" "}
      <span role="status" className="quiet">
        {said}
      </span>
    </span>
  );
}
