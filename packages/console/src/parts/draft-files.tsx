import { type FormEvent, type ReactNode, useId, useState } from "react";
import { type Draft, nameProblem, withFiles, withoutShown } from "../editor/draft.ts";
import { visibleText } from "../view/visible-text.ts";
import { FilesChoice } from "./files-choice.tsx";

function download({ files, shown }: Draft): void {
  const file = files.find(({ name }) => name === shown);
  if (file === undefined) return;
  const url = URL.createObjectURL(new Blob([file.text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = file.name.split("/").at(-1) ?? file.name;
  link.click();
  URL.revokeObjectURL(url);
}

function NewFile({ draft, onDraft }: Pick<DraftFilesProps, "draft" | "onDraft">): ReactNode {
  const id = useId();
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<string>();
  const add = (event: FormEvent): void => {
    event.preventDefault();
    const wrong = nameProblem(draft, name);
    setProblem(wrong);
    if (wrong !== undefined) return;
    onDraft(withFiles(draft, [{ name, text: "" }]));
    setName("");
  };
  return (
    <form onSubmit={add}>
      <label htmlFor={id}>New file</label>
      <div className="actions">
        <input
          id={id}
          value={name}
          placeholder="more.cedar"
          onChange={({ target }) => setName(target.value)}
        />
        <button type="submit">Add</button>
      </div>
      {problem !== undefined && <p role="alert">{problem}</p>}
    </form>
  );
}

interface DraftFilesProps {
  readonly draft: Draft;
  readonly onDraft: (draft: Draft) => void;
  /** Back to what is in force. */
  readonly onReset: () => void;
}

/** Which files a draft has, which one is shown, and how files come in and out. */
export function DraftFiles({ draft, onDraft, onReset }: DraftFilesProps): ReactNode {
  const id = useId();
  return (
    <>
      <div className="actions">
        <label htmlFor={id}>File</label>
        <select
          id={id}
          value={draft.shown}
          onChange={({ target }) => onDraft({ ...draft, shown: target.value })}
        >
          {draft.files.map(({ name }) => (
            <option key={name} value={name}>
              {visibleText(name)}
            </option>
          ))}
        </select>
        <button type="button" className="plain" onClick={() => download(draft)}>
          Download
        </button>
        <button
          type="button"
          className="plain"
          disabled={draft.files.length === 1}
          onClick={() => onDraft(withoutShown(draft))}
        >
          Take out
        </button>
        <button type="button" className="plain" onClick={onReset}>
          Begin anew
        </button>
      </div>
      <details>
        <summary>Open or add files</summary>
        <FilesChoice
          label="Open files"
          hint="Cedar files and tests. A file of the same name is replaced. They stay in this browser."
          accept=".cedar,.cedarschema,.yaml,.yml"
          onFiles={(files) => onDraft(withFiles(draft, files))}
        />
        <NewFile draft={draft} onDraft={onDraft} />
      </details>
    </>
  );
}
