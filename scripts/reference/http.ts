import { createGateway } from '../../src/gateway/app.ts';
import { PROBLEMS } from '../../src/gateway/problem.ts';
import { code, page, prose, sentence, table, wrap } from './markdown.ts';
import { COLUMNS, fieldRows, limitsOf, typeOf, type Schema } from './schema.ts';

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  description?: string;
  schema: Schema;
}

interface Content {
  content?: Record<string, { schema?: Schema }>;
}

interface Operation {
  tags: string[];
  summary: string;
  description?: string;
  security?: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: Content;
  responses: Record<string, Content & { description: string }>;
}

interface Document {
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

/** Every route of the gateway, from the description that each gateway serves at /openapi.json. */
export async function httpPage(): Promise<string> {
  const { tags, paths, components } = await document();
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  );
  const ordered = tags.flatMap(({ name }) => routes.filter(({ operation }) => operation.tags.includes(name)));
  return page(
    'HTTP routes',
    "the gateway's OpenAPI description",
    wrap(
      'Every gateway serves this description at `/openapi.json`. [HTTP API](../http-api.md) is the guide to it: credentials, ' +
        'idempotency, waiting, sizes.',
    ),
    table(
      ['route', 'does', 'needs'],
      ordered.map(({ name, operation }) => [
        `[${code(name)}](#${anchorOf(name)})`,
        operation.summary,
        needsOf(operation),
      ]),
    ),
    ...ordered.flatMap(({ name, operation }) => route(name, operation)),
    '## Problem types',
    wrap(
      'Whatever is refused is answered with a problem document (RFC 9457). Its `type` is `urn:countersign:problem:` and one of ' +
        'these; its `detail` says what happened and what to do.',
    ),
    table(
      ['type', 'status', 'says'],
      Object.entries(PROBLEMS)
        .toSorted(([, [one]], [, [other]]) => one - other)
        .map(([type, [status, title]]) => [code(type), String(status), title]),
    ),
    '## Shapes',
    ...Object.entries(components.schemas).flatMap(([name, schema]) => [
      `### ${name}`,
      sentence(schema.description ?? ''),
      table(COLUMNS, fieldRows(schema)),
    ]),
  );
}

async function document(): Promise<Document> {
  // A description needs no client: nothing is asked of it.
  const client = {} as Parameters<typeof createGateway>[0]['client'];
  const { app } = createGateway({
    ...{ client, apiKeys: [], webhookSources: [], log: () => undefined },
    sessionSecret: 'no link is made with this one, ever',
  });
  const answer = await app.request('/openapi.json');
  return (await answer.json()) as Document;
}

function route(name: string, operation: Operation): string[] {
  const { summary, description = '', parameters = [], requestBody, responses } = operation;
  const body = Object.entries(requestBody?.content ?? {}).flatMap(([type, { schema = {} }]) => [
    `Body, ${code(type)}:`,
    table(COLUMNS, fieldRows(schema)),
  ]);
  return [
    // As code: braces at the end of a heading are attributes to VitePress.
    `## ${code(name)}`,
    wrap(prose([summary, description].filter(Boolean).map(sentence).join(' '))),
    `Needs: ${needsOf(operation)}.`,
    table(
      ['parameter', 'in', 'type', 'required', 'means'],
      parameters.map(({ name, in: place, schema, required, description = '' }) => [
        code(name),
        place,
        typeOf(schema),
        required === true ? 'yes' : '',
        [prose(description), ...limitsOf(schema)].filter(Boolean).join('; '),
      ]),
    ),
    ...body,
    table(
      ['answer', 'body', 'means'],
      Object.entries(responses)
        .filter(([, answer]) => !isProblem(answer))
        .map(([status, { description, content = {} }]) => [
          code(status),
          bodyOf(content),
          prose(description),
        ]),
    ),
    problemLine(Object.entries(responses).flatMap(([status, answer]) => (isProblem(answer) ? [status] : []))),
  ];
}

function isProblem({ content = {} }: Content): boolean {
  return 'application/problem+json' in content;
}

function problemLine(statuses: string[]): string {
  return statuses.length === 0 ? '' : `[Problems](#problem-types): ${statuses.map(code).join(', ')}.`;
}

/** What the answer holds: a named shape, or the type of its bytes. */
function bodyOf(content: Record<string, { schema?: Schema }>): string {
  const [first] = Object.entries(content);
  if (first === undefined) return 'none';
  const [type, { schema }] = first;
  return schema?.$ref === undefined ? code(type) : typeOf(schema);
}

function needsOf({ security = [] }: Operation): string {
  const needs = security.flatMap((way) =>
    Object.entries(way).map(([name, scopes]) => {
      if (name === 'apiKey') return `an API key with ${scopes.map(code).join(', ')}`;
      return name === 'webhookSignature' ? 'a signature' : 'the address that was given out';
    }),
  );
  return needs.length === 0 ? 'nothing' : needs.join(' or ');
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
