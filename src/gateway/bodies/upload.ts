import type { Context, MiddlewareHandler } from 'hono';

import { inDigits } from '../../contracts/size.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import { Problem } from '../problem.ts';
import { limitBody } from './request-body.ts';

/** Boundaries, headers and a short field or two around the file. */
const FORM_BYTES = 64 * 1024;
/** Uploads are held in memory: so many at once, and everybody else comes again. */
const UPLOADS_AT_ONCE = 4;
const NAME_CHARACTERS = 200;

/** Bounds what uploads take: the size of each by its header or as it comes, and how many there are at a time. */
export function boundUploads(maximumFileBytes: number): MiddlewareHandler<GatewayEnv>[] {
  let running = 0;
  return [
    async (_, next) => {
      if (running >= UPLOADS_AT_ONCE) {
        throw new Problem(
          'uploads-busy',
          `${UPLOADS_AT_ONCE} uploads are in progress at this gateway. Try again.`,
          {
            headers: { 'retry-after': '1' },
          },
        );
      }
      running += 1;
      try {
        await next();
      } finally {
        running -= 1;
      }
    },
    limitBody(maximumFileBytes + FORM_BYTES, { isHeld: false }),
  ];
}

/**
 * The file of an upload: the one part `file` of a form, which may also say `purpose: assistants`, as at OpenAI.
 *
 * @throws Problem that names the part, what is allowed and what to do.
 */
export async function readUpload(c: Context<GatewayEnv>, maximumFileBytes: number): Promise<File> {
  if (!/^multipart\/form-data\s*;/i.test(c.req.header('content-type') ?? '')) {
    throw new Problem(
      'unsupported-media-type',
      'Send a form with "Content-Type: multipart/form-data; boundary=…" and one part "file".',
    );
  }
  const form = await readForm(c);
  const unknown = [...new Set(form.keys())].filter((name) => name !== 'file' && name !== 'purpose');
  if (unknown.length > 0) throw badPart(unknown[0] ?? '', 'is not a known part; send "file" only');
  const purposes = form.getAll('purpose');
  if (purposes.some((purpose) => purpose !== 'assistants'))
    throw badPart('purpose', 'must be "assistants", or be left out');
  const parts = form.getAll('file');
  const [file] = parts;
  if (parts.length > 1) throw badPart('file', `appears ${parts.length} times; upload one file at a time`);
  if (file === undefined) throw badPart('file', 'is missing; send the file as a part of this name');
  if (typeof file === 'string') throw badPart('file', 'has no file name; send it with filename="…"');
  if (file.size === 0) throw badPart('file', 'is empty; send a file with at least one byte');
  if (file.size > maximumFileBytes) {
    const message = `has ${inDigits(file.size)} bytes, at most ${inDigits(maximumFileBytes)} are allowed`;
    throw new Problem('too-large', `file ${message}.`, { errors: [{ field: 'file', message }] });
  }
  return new File([file], safeName(file.name), { type: 'application/octet-stream' });
}

async function readForm(c: Context<GatewayEnv>): Promise<FormData> {
  try {
    return await c.req.formData();
  } catch (error) {
    if (error instanceof Problem) throw error; // it was too large
    throw new Problem('invalid-body', 'The body is not a valid form. Check the boundary.');
  }
}

/** The last part of a path, without characters that break a line or a header. The ending stays: providers go by it. */
export function safeName(name: string): string {
  const base = name
    .slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '')
    .trim();
  if (base.length <= NAME_CHARACTERS) return base === '' || /^\.+$/.test(base) ? 'file' : base;
  const ending = /\.[^.]{1,20}$/.exec(base)?.[0] ?? '';
  return `${base.slice(0, NAME_CHARACTERS - ending.length).replace(/[\uD800-\uDBFF]$/, '')}${ending}`;
}

function badPart(field: string, message: string): Problem {
  return new Problem('invalid-body', `The form is not valid: ${field} ${message}.`, {
    errors: [{ field, message }],
  });
}
