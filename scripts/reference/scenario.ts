import { readFileSync } from 'node:fs';

import { block, code, page, table, wrap } from './markdown.ts';
import { COLUMNS, fieldRows, ownFieldRows, type Schema } from './schema.ts';

const simulator = new URL('../../packages/openai-simulator/', import.meta.url);

/** The format of a scenario: its fields from the JSON schema that editors check it by, the rest from the package's README. */
export function scenarioPage(): string {
  const schema = JSON.parse(read('scenario.schema.json')) as Schema;
  const rule = inner(schema.properties?.rules);
  const call = inner(inner(rule.properties?.rounds).properties?.calls);
  const { reply = {}, builtIn = {}, annotations = {} } = rule.properties ?? {};
  const readme = read('README.md');
  return page(
    'Scenarios',
    'packages/openai-simulator/scenario.schema.json and its README',
    wrap(
      'A scenario plays the model. It is a JSON file: the latest message of the user chooses a rule, and the rule says which ' +
        'tools are called and what is replied. A scenario that does not fit is refused with each field that is wrong.',
    ),
    block('sh', 'countersign simulator --scenario booking.json'),
    `Name ${code('scenario.schema.json')} of ${code('@countersign/openai-simulator')} as ${code('$schema')}, and an editor checks it as you type. An example:`,
    block('json', read('examples/booking.json').trim()),
    '## Fields',
    table(COLUMNS, ownFieldRows(schema)),
    ...[
      ['A rule', ownFieldRows(rule)],
      ['A call', fieldRows(call)],
      ['A choice', choices(reply)],
    ].flatMap(([title, rows]) => [`## ${title as string}`, table(COLUMNS, rows as string[][])]),
    section(readme, 'Templates'),
    section(readme, 'A reply'),
    section(readme, 'An end'),
    '## What runs at the provider',
    'Each entry of `builtIn` makes one step of a run that has the tool:',
    table(
      COLUMNS,
      kinds(inner(builtIn)).flatMap((kind) => fieldRows(kind)),
    ),
    'Each entry of `annotations` cites a file:',
    table(COLUMNS, distinct(kinds(inner(annotations)).flatMap((kind) => fieldRows(kind)))),
  );
}

function read(path: string): string {
  return readFileSync(new URL(path, simulator), 'utf8');
}

function inner(list: Schema | undefined): Schema {
  return list?.items ?? {};
}

function kinds(schema: Schema): Schema[] {
  return schema.anyOf ?? schema.oneOf ?? [schema];
}

/** A reply is a text, a list of choices, or such a list for each output. */
function choices(reply: Schema): string[][] {
  const list = kinds(reply).find(({ items }) => items !== undefined);
  return fieldRows(inner(list));
}

/** One row a field, though several shapes have it. */
function distinct(rows: string[][]): string[][] {
  return [...new Map(rows.map((row) => [row[0], row])).values()];
}

/** A section of the README, as one of this page. */
function section(readme: string, title: string): string {
  const [, found] = new RegExp(`^### ${title}\\n([\\s\\S]*?)\\n(?=##)`, 'm').exec(readme) ?? [];
  if (found === undefined) throw new Error(`packages/openai-simulator/README.md has no section "${title}".`);
  return `## ${title}\n${found.trimEnd()}`;
}
