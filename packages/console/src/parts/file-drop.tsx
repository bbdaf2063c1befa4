import { type DragEvent, type ReactNode, useId, useState } from "react";
import { type ChosenFile, readChosenFile } from "./read-file.ts";

/** A place to drop a file, or to choose one by keyboard. */
export function FileDrop(props: {
  readonly label: string;
  readonly hint: ReactNode;
  readonly chosen: string | undefined;
  readonly onFile: (file: ChosenFile) => void;
}): ReactNode {
  const { label, hint, chosen, onFile } = props;
  const id = useId();
  const [isOver, setOver] = useState(false);
  const [problem, setProblem] = useState<string>();
  const take = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    const read = await readChosenFile(file);
    setProblem(read === undefined ? "This file is too large, or cannot be read." : undefined);
    if (read !== undefined) onFile(read);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer.files[0]);
  };
  const over = (event: DragEvent): void => {
    event.preventDefault();
    setOver(true);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is the pointer's way; the input below is everybody's
    <div
      className={isOver ? "drop is-over" : "drop"}
      onDragOver={over}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <label htmlFor={id}>{label}</label>
      <p id={`${id}-hint`} className="quiet">
        {hint}
      </p>
      <input
        id={id}
        type="file"
        accept=".json,application/json"
        aria-describedby={`${id}-hint`}
        onChange={({ target }) => void take(target.files?.[0])}
      />
      {chosen !== undefined && <p className="chosen">Chosen: {chosen}</p>}
      {problem !== undefined && <p role="alert">{problem}</p>}
    </div>
  );
}
