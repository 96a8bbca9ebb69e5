/** The first name that stands there twice. */
export function firstRepeated(names: string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index);
}
