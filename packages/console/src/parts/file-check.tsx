import { type ReactNode, useState } from "react";
import { FileDrop } from "./file-drop.tsx";
import type { ChosenFile } from "./read-file.ts";
import { VerifiedBundle } from "./verified-bundle.tsx";

/** Checks any bundle file, with or without a trust file; works without a connection once the page is there. */
export function FileCheck(): ReactNode {
  const [bundle, setBundle] = useState<ChosenFile>();
  const [trust, setTrust] = useState<ChosenFile>();
  return (
    <>
      <div className="drops">
        <FileDrop
          label="Proof bundle"
          hint={
            <>
              Drop a file of <code>narrowgate evidence export</code> here, or choose one.
            </>
          }
          chosen={bundle?.name}
          onFile={setBundle}
        />
        <FileDrop
          label="Trust file (optional)"
          hint="The log key and the witnesses you trust. Get it from somebody other than whoever gave you the bundle."
          chosen={trust?.name}
          onFile={setTrust}
        />
      </div>
      {bundle !== undefined && <VerifiedBundle bundle={bundle.bytes} trust={trust?.bytes} />}
    </>
  );
}
