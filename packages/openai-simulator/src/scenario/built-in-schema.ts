import { z } from 'zod';

/** What a scenario says of tools that run at the provider. Nothing here is a template. */

const text = (allowed: string) => z.string({ error: allowed }).min(1, { error: allowed });

const madeFile = z.strictObject(
  {
    name: text('the name of a file')
      .regex(/^[^/]+$/, { error: 'the name of a file, without a folder' })
      .describe('its name without a folder; it is put under /mnt/data'),
    text: z.string({ error: 'the text of the file' }).describe('its text'),
    isImage: z
      .boolean({ error: 'true or false' })
      .optional()
      .describe('it is shown in the reply, as plots are'),
  },
  { error: '{"name", "text", "isImage"?}' },
);

const USES =
  '{"codeInterpreter": {"input", "logs"?, "files"?: [{"name", "text", "isImage"?}]}} or {"fileSearch": {}}';

/** One use of a tool, which makes one step. It is left out in runs that do not have the tool. */
const builtInUse = z.union(
  [
    z.strictObject({
      codeInterpreter: z.strictObject({
        input: text('the code').describe('the code that is run'),
        logs: z.string({ error: 'a text' }).optional().describe('what the code prints'),
        files: z.array(madeFile).optional().describe('files that the code makes'),
      }),
    }),
    z.strictObject({
      fileSearch: z
        .strictObject({})
        .describe('finds every file in the vector stores of assistant and thread'),
    }),
  ],
  { error: USES },
);
export type BuiltInUse = z.output<typeof builtInUse>;
export const builtInUses = z.array(builtInUse, { error: `a list of ${USES}` });

const place = {
  mark: text('a text of the reply').describe('the text it is about, which the reply may lack, as models do'),
  at: z
    .tuple([z.int(), z.int()], { error: '[start, end]' })
    .optional()
    .describe('start and end in place of the true ones'),
};
const NAME = 'the name of a file the run can reach, or a file id';
const annotation = z.union(
  [
    z.strictObject({
      ...place,
      cites: text(NAME).describe('the name or the id of a file that the run can reach'),
      quote: z.string({ error: 'a text' }).optional().describe('the words that are quoted'),
    }),
    z.strictObject({ ...place, path: text(NAME).describe('the name or the id of a file that was made') }),
  ],
  { error: '{"mark", "cites", "quote"?, "at"?} or {"mark", "path", "at"?}' },
);
export const annotations = z.array(annotation, { error: 'a list of annotations' });
