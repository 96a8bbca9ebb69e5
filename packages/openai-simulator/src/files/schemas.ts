import { z } from 'zod';

import { listQuery, metadata } from '../http/schemas.ts';

/** What files and vector stores accept. */

const PURPOSES = ['assistants', 'batch', 'fine-tune', 'vision', 'user_data', 'evals'] as const;

/** The parts of an upload; `file` has to be one with a file name. */
export const createFile = z.strictObject({
  file: z.instanceof(File, { error: 'a file' }),
  purpose: z.enum(PURPOSES),
});

export const listFilesQuery = z.strictObject({
  purpose: z.string().optional(),
  limit: z
    .string()
    .regex(/^\d+$/)
    .transform(Number)
    .pipe(z.int().min(1).max(10_000))
    .optional()
    .transform((value) => value ?? 10_000),
  order: z.enum(['asc', 'desc']).default('desc'),
  after: z.string().optional(),
});

const chunking = z.looseObject({ type: z.enum(['auto', 'static']) }).optional();
const attributes = z.record(z.string(), z.union([z.string().max(512), z.number(), z.boolean()])).nullish();

export const createVectorStore = z.strictObject({
  file_ids: z.array(z.string()).max(500).optional(),
  name: z.string().optional(),
  description: z.string().optional(),
  chunking_strategy: chunking,
  metadata,
});

export const createVectorStoreFile = z.strictObject({
  file_id: z.string(),
  chunking_strategy: chunking,
  attributes,
});

export const listVectorStoreFilesQuery = listQuery.extend({
  filter: z.enum(['in_progress', 'completed', 'failed', 'cancelled']).optional(),
});
