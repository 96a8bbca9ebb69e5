/**
 * How a call is shown to people, beside its arguments, which stay what is decided about: the digest covers them. `tool`: as the tool's
 * `present` says. `schema`: the names that its schema gives the arguments. All texts are as they came: each page marks what could deceive.
 */
export type Presented =
  | PresentedByTool
  | {
      by: 'schema';
      labels: Labels;
      /** The tool's `present` threw, or what it returned could not be used. */
      failed?: true;
    };

export interface PresentedByTool {
  by: 'tool';
  title?: string;
  summary?: string;
  fields: PresentedField[];
  risk?: Risk;
  /** Fields that are not kept because there are too many. */
  left?: number;
}

export const RISKS = ['low', 'medium', 'high', 'critical'] as const;
export type Risk = (typeof RISKS)[number];

export const FIELD_KINDS = ['money', 'date', 'text', 'code', 'diff', 'link', 'person'] as const;
export type FieldKind = (typeof FIELD_KINDS)[number];

export interface PresentedField {
  label: string;
  /** Of money: the amount as a decimal number. */
  value: string;
  kind: FieldKind;
  /** ISO 4217, of money only. */
  currency?: string;
  /** Characters of the value that are not kept. */
  left?: number;
}

/** By the name of an argument. */
// As an interface, because it holds itself.
// eslint-disable-next-line @typescript-eslint/consistent-indexed-object-style
export interface Labels {
  [name: string]: Label;
}

export interface Label {
  title?: string;
  description?: string;
  format?: string;
  /** Of the fields of an object, or of those of each object in a list. */
  inner?: Labels;
}

/** The first line of a card. */
export function titleOf({ tool, presented }: { tool: string; presented?: Presented }): string {
  return (presented?.by === 'tool' ? presented.title : undefined) ?? tool;
}

const LINE = { fields: 3, characters: 48 } as const;
/** A line of a list has no room for these. */
const BLOCKS: ReadonlySet<FieldKind> = new Set(['code', 'diff']);

/** What lists show of it: its title and the first fields, cut. */
export function beginningOfPresented({
  fields,
  summary: _summary,
  ...rest
}: PresentedByTool): PresentedByTool {
  const first = fields.filter(({ kind }) => !BLOCKS.has(kind)).slice(0, LINE.fields);
  const left = (rest.left ?? 0) + fields.length - first.length;
  return {
    ...rest,
    fields: first.map((field) => {
      const characters = Array.from(field.value);
      const cut = characters.length - LINE.characters;
      if (cut <= 0) return field;
      return {
        ...field,
        value: characters.slice(0, LINE.characters).join(''),
        left: cut + (field.left ?? 0),
      };
    }),
    ...(left > 0 && { left }),
  };
}

/** The risk that a tool has stated of its call. */
export function riskOf(presented: Presented | undefined): Risk | null {
  return presented !== undefined && 'risk' in presented ? (presented.risk ?? null) : null;
}

/** An amount with the digits that its currency has: `EUR 42.00`; as another language writes it: `42,00 EUR`. */
export function moneyWords(
  { value, currency = '' }: Pick<PresentedField, 'value' | 'currency'>,
  language = 'en',
): string {
  return new Intl.NumberFormat(language, {
    ...{ style: 'currency', currency, currencyDisplay: 'code', maximumFractionDigits: 6 },
  }).format(Number(value));
}
