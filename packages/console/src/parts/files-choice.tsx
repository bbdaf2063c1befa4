import { type ReactNode, useId, useState } from "react";
import type { CandidateFile } from "../looking-ahead/messages.ts";

const maxFiles = 256;
const maxChars = 4 * 1024 * 1024;

async function readTexts(files: FileList): Promise<readonly CandidateFile[] | undefined> {
  const chosen = [...files];
  if (chosen.length > maxFiles || chosen.some(({ size }) => size > maxChars)) return undefined;
  try {
    return await Promise.all(chosen.map(async (file) => ({ name: file.name, text: await file.text() })));
  } catch {
    return undefined;
  }
}

/** Lets somebody choose text files; nothing is sent anywhere. */
export function FilesChoice(props: {
  readonly label: string;
  readonly hint: string;
  readonly accept: string;
  readonly onFiles: (files: readonly CandidateFile[]) => void;
}): ReactNode {
  const { label, hint, accept, onFiles } = props;
  const id = useId();
  const [isBad, setBad] = useState(false);
  const take = async (files: FileList | null): Promise<void> => {
    if (files === null || files.length === 0) return;
    const texts = await readTexts(files);
    setBad(texts === undefined);
    if (texts !== undefined) onFiles(texts);
  };
  return (
    <div className="files-choice">
      <label htmlFor={id}>{label}</label>
      <p id={`${id}-hint`} className="quiet">
        {hint}
      </p>
      <input
        id={id}
        type="file"
        multiple
        accept={accept}
        aria-describedby={`${id}-hint`}
        onChange={({ target }) => void take(target.files)}
      />
      {isBad && <p role="alert">These files are too many, too large, or cannot be read.</p>}
    </div>
  );
}
