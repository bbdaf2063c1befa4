/** What a process of the bench can be asked: methods by name. */
export type Api = Readonly<Record<string, (input: never) => unknown>>;

interface Question {
  readonly id: number;
  readonly method: string;
  readonly input: never;
}

/**
 * Answers the bench, which started this process; ends when the bench says so or goes.
 * @param end - what is to be put in order before
 */
export function answerParent(api: Api, end: () => Promise<void> = async () => {}): void {
  process.on("message", (question: Question) => {
    const { id, method, input } = question;
    Promise.resolve()
      .then(() => {
        const found = api[method];
        if (found === undefined) throw new RangeError(`no method ${method}`);
        return found(input);
      })
      .then((result) => process.send?.({ id, result }))
      .catch((cause: unknown) =>
        process.send?.({
          id,
          error: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
        }),
      );
  });
  const leave = (): void => {
    end().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once("disconnect", leave);
  process.once("SIGTERM", leave);
  process.send?.({ ready: true });
}
