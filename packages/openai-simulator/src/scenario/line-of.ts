const STRING = /"(?:[^"\\]|\\.)*"/y;
const SPACE = /[\s,:]*/y;
const SCALAR = /[^\s,\]}]+/y;

/**
 * The line of a JSON text on which something stands, counted from 1; where it does not stand, that of what holds it.
 *
 * @param source - valid JSON.
 * @param path - names of fields and places in lists.
 */
export function lineOf(source: string, path: readonly PropertyKey[]): number {
  let at = 0;
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const [text = ''] = pattern.exec(source) ?? [];
    at += text.length;
    return text;
  };

  /** Goes on behind the value; stops at what is looked for and says where that is. */
  function find(wanted: readonly PropertyKey[] | null): number | null {
    take(SPACE);
    const begin = at;
    const opening = source[at];
    if (opening === '"') take(STRING);
    else if (opening !== '{' && opening !== '[') take(SCALAR);
    if (wanted?.length === 0) return begin;
    if (opening !== '{' && opening !== '[') return wanted === null ? null : begin;
    at += 1;
    for (let index = 0; ; index += 1) {
      take(SPACE);
      if (source[at] === '}' || source[at] === ']') break;
      const key: PropertyKey = opening === '{' ? (JSON.parse(take(STRING)) as string) : index;
      const found = find(wanted !== null && wanted[0] === key ? wanted.slice(1) : null);
      if (found !== null) return found;
    }
    at += 1;
    return wanted === null ? null : begin;
  }

  return source.slice(0, find(path) ?? 0).split('\n').length;
}
