import type { Citation } from '../contracts/files.ts';

/** What the provider says about a place in a text. `start` and `end` may be wrong, missing, or count something else. */
export interface Annotation {
  kind: Citation['kind'];
  fileId: string | null;
  /** What stands there; '' when it is not said. */
  text: string;
  start: number | null;
  quote?: string;
}

/** From `start` up to `end` (JavaScript's units) a number takes the text's place; with both the same it is put in. */
export interface Span {
  start: number;
  end: number;
  annotation: Annotation;
}

/** Marks that say nothing to a reader. Any other text that is annotated is the reply's own and stays. */
const MARK = /^(?:【[^】]*】|sandbox:\S*)$/u;

const NUMBERS_AT_ONE_PLACE = 10;

/**
 * Finds what annotations are about. The text of an annotation decides, its index only which of several places is meant. Indices count
 * characters, as Python does, or JavaScript's units, where an emoji is two: whichever fits more of the annotations.
 */
export function locate(
  text: string,
  annotations: readonly Annotation[],
): { spans: Span[]; lost: Annotation[] } {
  const toUnits = unitsOf(text, annotations);
  const free = new Map<string, number[]>();
  const freePlaces = (wanted: string): number[] => {
    const places = free.get(wanted) ?? placesOf(text, wanted);
    free.set(wanted, places);
    return places;
  };
  const spans: Span[] = [];
  const lost: Annotation[] = [];
  const unsure: Annotation[] = [];

  // Those whose index is right come first: no other may take their place.
  for (const annotation of annotations) {
    const start = toUnits(annotation.start);
    if (annotation.text === '') lost.push(annotation);
    else if (start !== null && text.startsWith(annotation.text, start)) {
      spans.push(toSpan(annotation, start));
      take(freePlaces(annotation.text), start);
    } else unsure.push(annotation);
  }
  for (const annotation of unsure) {
    const places = freePlaces(annotation.text);
    // All places may be taken by equal marks: then it stands beside the first of them.
    const start = places[0] ?? text.indexOf(annotation.text);
    if (start === -1) lost.push(annotation);
    else {
      spans.push(toSpan(annotation, start));
      take(places, start);
    }
  }
  // The model repeats marks, and the provider annotates only some of them.
  for (const [wanted, places] of free) {
    if (!MARK.test(wanted)) continue;
    const same = annotations
      .filter((annotation) => annotation.text === wanted)
      .slice(0, NUMBERS_AT_ONE_PLACE);
    for (const start of places) spans.push(...same.map((annotation) => toSpan(annotation, start)));
  }
  return { spans, lost };
}

function toSpan(annotation: Annotation, at: number): Span {
  const end = at + annotation.text.length;
  return { annotation, start: MARK.test(annotation.text) ? at : end, end };
}

function take(places: number[], start: number): void {
  const index = places.indexOf(start);
  if (index !== -1) places.splice(index, 1);
}

function placesOf(text: string, wanted: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + wanted.length))
    places.push(at);
  return places;
}

/** How the indices of these annotations are read. */
function unitsOf(text: string, annotations: readonly Annotation[]): (index: number | null) => number | null {
  const asUnits = (index: number | null) => (index !== null && index >= 0 ? index : null);
  if (!/[\uD800-\uDBFF]/.test(text)) return asUnits;
  const offsets: number[] = [];
  let offset = 0;
  for (const character of text) {
    offsets.push(offset);
    offset += character.length;
  }
  const asCharacters = (index: number | null) => (index === null ? null : (offsets[index] ?? null));
  const fitting = (read: typeof asUnits) =>
    annotations.filter(({ text: wanted, start }) => {
      const at = read(start);
      return at !== null && wanted !== '' && text.startsWith(wanted, at);
    }).length;
  return fitting(asUnits) > fitting(asCharacters) ? asUnits : asCharacters;
}
