/** A number with what is counted: `1 policy`, `2 policies`. @param many - where an s is not enough */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
