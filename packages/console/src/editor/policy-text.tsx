import { type KeyboardEvent, type ReactNode, type RefObject, useId, useState } from "react";
import { type Suggestion, type Suggestions, suggest, type Vocabulary } from "./suggest.ts";

interface Offer extends Suggestions {
  /** Position of the one that would be taken; none yet is -1. */
  readonly active: number;
}

function Options(props: {
  readonly id: string;
  readonly offer: Offer;
  readonly onTake: (option: Suggestion) => void;
}): ReactNode {
  const { id, offer, onTake } = props;
  return (
    <div className="suggestions" role="listbox" id={id} aria-label="Suggestions">
      {offer.options.map((option, i) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the text keeps the focus and names the active option
        // biome-ignore lint/a11y/useKeyWithClickEvents: keys are heard where the focus is, in the text
        <div
          key={option.text}
          id={`${id}-${i}`}
          role="option"
          aria-selected={i === offer.active}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onTake(option)}
        >
          <code>{option.text}</code> <span className="quiet">{option.about}</span>
        </div>
      ))}
    </div>
  );
}

/** Whether what stands before the caret asks for a name: part of one, or what begins one. */
function asksForName(before: string, from: number): boolean {
  return from < before.length || /[.@]$|::"$/.test(before);
}

/**
 * A text with suggestions below it. Nothing is taken unless it was chosen with the arrow keys or pointed at, and the Tab key
 * always leads on.
 */
export function PolicyText(props: {
  readonly label: string;
  readonly text: string;
  readonly onText: (text: string) => void;
  /** Absent: nothing is suggested. */
  readonly vocabulary: Vocabulary | undefined;
  readonly area: RefObject<HTMLTextAreaElement | null>;
}): ReactNode {
  const { label, text, onText, vocabulary, area } = props;
  const id = useId();
  const [offer, setOffer] = useState<Offer>();
  const close = (): void => setOffer(undefined);
  const look = (isAsked: boolean): void => {
    const { value = "", selectionStart: caret = 0 } = area.current ?? {};
    if (vocabulary === undefined) return;
    const found = suggest(value, caret, vocabulary);
    const isWanted = isAsked || asksForName(value.slice(0, caret), found.from);
    setOffer(isWanted && found.options.length > 0 ? { ...found, active: -1 } : undefined);
  };
  const take = ({ text: taken }: Suggestion): void => {
    const field = area.current;
    if (field === null || offer === undefined) return;
    field.setRangeText(taken, offer.from, field.selectionStart, "end");
    field.focus();
    close();
    onText(field.value);
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      look(true);
    } else if (offer !== undefined && pressInList(event, offer, { take, move: setOffer, close })) {
      event.preventDefault();
    }
  };
  const active = offer === undefined || offer.active < 0 ? undefined : `${id}-list-${offer.active}`;
  return (
    <div className="policy-text">
      <label htmlFor={`${id}-text`}>{label}</label>
      <p id={`${id}-hint`} className="quiet">
        Suggestions come as you type, or with Ctrl and Space. Arrow keys choose, Enter takes, Escape closes.
      </p>
      <textarea
        id={`${id}-text`}
        ref={area}
        value={text}
        rows={18}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        autoCorrect="off"
        aria-describedby={`${id}-hint`}
        aria-autocomplete="list"
        aria-controls={offer === undefined ? undefined : `${id}-list`}
        aria-activedescendant={active}
        onChange={({ target }) => {
          onText(target.value);
          look(false);
        }}
        onKeyDown={press}
        onBlur={close}
        onClick={close}
      />
      <p role="status" className="visually-hidden">
        {offer === undefined ? "" : `${offer.options.length} suggestions`}
      </p>
      {offer !== undefined && <Options id={`${id}-list`} offer={offer} onTake={take} />}
    </div>
  );
}

/** A key while suggestions are shown. @returns whether it was for them */
function pressInList(
  { key }: KeyboardEvent,
  offer: Offer,
  on: {
    readonly take: (option: Suggestion) => void;
    readonly move: (offer: Offer) => void;
    readonly close: () => void;
  },
): boolean {
  const { active, options } = offer;
  const chosen = options[active];
  switch (key) {
    case "ArrowDown":
      on.move({ ...offer, active: (active + 1) % options.length });
      return true;
    case "ArrowUp":
      on.move({ ...offer, active: (active <= 0 ? options.length : active) - 1 });
      return true;
    case "Escape":
      on.close();
      return true;
    case "Enter":
      if (chosen === undefined) return false;
      on.take(chosen);
      return true;
    default:
      return false;
  }
}
