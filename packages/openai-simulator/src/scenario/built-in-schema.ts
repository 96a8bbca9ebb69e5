import { z } from 'zod';

/** What a scenario says of tools that run at the provider. Nothing here is a template. */

const text = (allowed: string) => z.string({ error: allowed }).min(1, { error: allowed });

const madeFile = z.strictObject(
  {
    /** Without a folder: the service puts it under /mnt/data. */
    name: text('the name of a file').regex(/^[^/]+$/, { error: 'the name of a file, without a folder' }),
    text: z.string({ error: 'the text of the file' }),
    /** It also stands in the step's outputs and in the reply, as plots do. */
    isImage: z.boolean({ error: 'true or false' }).optional(),
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
        input: text('the code'),
        logs: z.string({ error: 'a text' }).optional(),
        files: z.array(madeFile).optional(),
      }),
    }),
    /** Finds every file in the vector stores of assistant and thread. */
    z.strictObject({ fileSearch: z.strictObject({}) }),
  ],
  { error: USES },
);
export type BuiltInUse = z.output<typeof builtInUse>;
export const builtInUses = z.array(builtInUse, { error: `a list of ${USES}` });

const place = {
  /** The text in the reply that it is about, such as `【4:0†source】`. It may be missing there: models do that. */
  mark: text('a text of the reply'),
  /** Start and end in place of the true ones. */
  at: z.tuple([z.int(), z.int()], { error: '[start, end]' }).optional(),
};
const NAME = 'the name of a file the run can reach, or a file id';
const annotation = z.union(
  [
    z.strictObject({ ...place, cites: text(NAME), quote: z.string({ error: 'a text' }).optional() }),
    z.strictObject({ ...place, path: text(NAME) }),
  ],
  { error: '{"mark", "cites", "quote"?, "at"?} or {"mark", "path", "at"?}' },
);
export const annotations = z.array(annotation, { error: 'a list of annotations' });
