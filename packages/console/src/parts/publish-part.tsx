import type { ReactNode } from "react";

/** How policies come into force: by an operator's signature, which no browser holds. */
export function PublishPart(props: {
  readonly needsTwo: boolean;
  /** Undefined while they do not compile. */
  readonly digest: string | undefined;
}): ReactNode {
  const { needsTwo, digest } = props;
  return (
    <>
      <p>
        Policies come into force by an operator&rsquo;s signed request, and no browser holds an
        operator&rsquo;s key. Lay the files in a folder, beside their tests, then type:
      </p>
      <ol>
        <li>
          <code>narrowgate policy shadow FOLDER</code> to try them on live traffic first
        </li>
        <li>
          <code>narrowgate policy publish FOLDER</code> to put them in force
          {needsTwo && ": in production this proposes them"}
        </li>
        {needsTwo && (
          <li>
            another operator types the same, with the same files, within seven days: that puts them in force
          </li>
        )}
      </ol>
      {digest !== undefined && (
        <p className="quiet">
          What both should be shown: <span className="id">{digest}</span>
        </p>
      )}
    </>
  );
}
