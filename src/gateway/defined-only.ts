type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

/** The same object without fields that are `undefined`: absent and undefined are one thing in JSON. */
export function definedOnly<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<T>;
}
