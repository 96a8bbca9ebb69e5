/** The part of a JSON Schema that says which fields an object may have. */
interface Node {
  $ref?: string;
  anyOf?: Node[];
  oneOf?: Node[];
  items?: Node;
  properties?: Record<string, Node>;
  additionalProperties?: Node | boolean;
  $defs?: Record<string, Node>;
}

/** The fields a JSON Schema allows at a path, in its own order; none where any are. */
export function allowedFields(schema: object, path: readonly PropertyKey[]): string[] {
  const root = schema as Node;
  const found = path.reduce<Node[]>(
    (nodes, part) => nodes.flatMap((node) => below(node, part)).flatMap(unfold),
    unfold(root),
  );
  return [...new Set(found.flatMap(({ properties }) => Object.keys(properties ?? {})))];

  function unfold(node: Node): Node[] {
    if (node.$ref !== undefined) {
      const named = root.$defs?.[node.$ref.replace('#/$defs/', '')];
      return named === undefined ? [] : unfold(named);
    }
    const choices = node.anyOf ?? node.oneOf;
    return choices === undefined ? [node] : choices.flatMap(unfold);
  }
}

function below({ items, properties, additionalProperties }: Node, part: PropertyKey): Node[] {
  const found = typeof part === 'number' ? items : (properties?.[String(part)] ?? additionalProperties);
  return typeof found === 'object' ? [found] : [];
}

/** The name that is most like a misspelt one; undefined when none is close. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const close = names
    .map((other) => ({ other, distance: distanceOf(name.toLowerCase(), other.toLowerCase()) }))
    .filter(({ other, distance }) => distance <= Math.max(1, Math.floor(other.length / 3)));
  return close.sort((a, b) => a.distance - b.distance)[0]?.other;
}

/** Levenshtein's: how many characters have to be added, taken away or replaced. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
