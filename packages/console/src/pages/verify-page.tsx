import type { ReactNode } from "react";
import { FileCheck } from "../parts/file-check.tsx";
import { PageFrame } from "../parts/page-frame.tsx";

/** Checks a file that somebody gave you. Needs no sign-in: the file never leaves the browser. */
export function VerifyPage(): ReactNode {
  return (
    <PageFrame title="Verify a file" page="verify">
      <p>
        The check runs in this browser, with the same verifier as <code>narrowgate verify</code>. The files
        are sent nowhere.
      </p>
      <FileCheck />
    </PageFrame>
  );
}
