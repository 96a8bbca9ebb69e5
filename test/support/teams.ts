import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { z } from 'zod';

const run = z.strictObject({
  type: z.literal('TextRun'),
  text: z.string().min(1),
  weight: z.enum(['Default', 'Lighter', 'Bolder']).optional(),
  size: z.enum(['Default', 'Small', 'Medium', 'Large', 'ExtraLarge']).optional(),
  fontType: z.enum(['Default', 'Monospace']).optional(),
  isSubtle: z.boolean().optional(),
});
const spacing = z.enum(['Default', 'None', 'Small', 'Medium', 'Large', 'ExtraLarge', 'Padding']).optional();
const open = z.strictObject({ type: z.literal('Action.OpenUrl'), title: z.string().min(1), url: z.url() });
const simple = [
  z.strictObject({ type: z.literal('RichTextBlock'), inlines: z.array(run).min(1), spacing }),
  z.strictObject({ type: z.literal('ActionSet'), actions: z.array(open).min(1).max(6) }),
] as const;
const box = z.strictObject({
  type: z.literal('Container'),
  style: z.enum(['default', 'emphasis', 'good', 'attention', 'warning', 'accent']).optional(),
  ...{ spacing, separator: z.boolean().optional(), items: z.array(z.union(simple)).min(1) },
});
const container = box.extend({ items: z.array(z.union([...simple, box])).min(1) });
/** What Microsoft documents of a message to a webhook, and of the elements of Adaptive Cards 1.4 that a webhook may carry. */
const MessageSchema = z.strictObject({
  type: z.literal('message'),
  attachments: z.tuple([
    z.strictObject({
      contentType: z.literal('application/vnd.microsoft.card.adaptive'),
      contentUrl: z.null(),
      content: z.strictObject({
        $schema: z.literal('http://adaptivecards.io/schemas/adaptive-card.json'),
        ...{ type: z.literal('AdaptiveCard'), version: z.enum(['1.4', '1.5']) },
        msteams: z.strictObject({ width: z.literal('Full') }).optional(),
        body: z.array(z.union([...simple, container])).min(1),
      }),
    }),
  ]),
});
const BYTES = 28_000;

/** How a webhook answers once. 0: not at all. */
export interface TeamsAnswer {
  status: number;
  headers?: Record<string, string>;
  text?: string;
}

/** All texts of a card, in the order in which they are read, one a line. */
export function textsOf(message: unknown): string {
  const found = [...JSON.stringify(message).matchAll(/"text":("(?:[^"\\]|\\.)*")/g)];
  return found.map(([, text = '""']) => JSON.parse(text) as string).join('\n');
}

/** Plays the webhook of a Teams workflow: takes what is documented with 202 and no text, and nothing else. */
export async function startTeams() {
  const posted: { path: string; bytes: number; message: unknown }[] = [];
  const refused: string[] = [];
  const answers: TeamsAnswer[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const planned = answers.shift();
      if (planned?.status === 0) return;
      if (planned !== undefined) {
        response.writeHead(planned.status, planned.headers).end(planned.text ?? '');
        return;
      }
      const body = Buffer.concat(chunks);
      const path = request.url ?? '';
      const problem = problemOf(request.method, request.headers['content-type'], path, body);
      if (problem !== null) refused.push(problem.why);
      else posted.push({ path, bytes: body.length, message: JSON.parse(body.toString()) });
      response.writeHead(problem?.status ?? 202).end(problem?.why ?? '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ posted, refused, answers },
    url: (name: string) =>
      `http://127.0.0.1:${port}/workflows/${name}/triggers/manual/paths/invoke?sig=s3cret`,
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function problemOf(method: string | undefined, type: string | undefined, path: string, body: Buffer) {
  if (method !== 'POST') return { status: 405, why: 'method' };
  if (!path.includes('sig=s3cret')) return { status: 401, why: 'signature' };
  if (!type?.startsWith('application/json')) return { status: 415, why: 'type' };
  if (body.length > BYTES) return { status: 413, why: 'size' };
  const parsed = MessageSchema.safeParse(JSON.parse(body.toString()));
  return parsed.success ? null : { status: 400, why: z.prettifyError(parsed.error) };
}
