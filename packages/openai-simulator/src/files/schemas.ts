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

const batchedFile = z.strictObject({ file_id: z.string(), chunking_strategy: chunking, attributes });
export const createFileBatch = z.strictObject({
  file_ids: z.array(z.string()).min(1).max(2_000).optional(),
  files: z.array(batchedFile).min(1).max(2_000).optional(),
  chunking_strategy: chunking,
  attributes,
});

const value = z.union([z.string(), z.number(), z.boolean()]);
const comparison = z.discriminatedUnion('type', [
  z.strictObject({ type: z.enum(['eq', 'ne', 'gt', 'gte', 'lt', 'lte']), key: z.string(), value }),
  z.strictObject({
    type: z.enum(['in', 'nin']),
    key: z.string(),
    value: z.array(z.union([z.string(), z.number()])),
  }),
]);
export type Comparison = z.output<typeof comparison>;
/** Comparisons of attributes, joined by `and` and `or` in as many levels as wanted. */
export type Filter = Comparison | { type: 'and' | 'or'; filters: Filter[] };
const filter: z.ZodType<Filter> = z.lazy(() =>
  z.union([comparison, z.strictObject({ type: z.enum(['and', 'or']), filters: z.array(filter) })]),
);

export const searchVectorStore = z.strictObject({
  query: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  filters: filter.optional(),
  max_num_results: z.int().min(1).max(50).default(10),
  ranking_options: z
    .looseObject({ ranker: z.string().optional(), score_threshold: z.number().min(0).max(1).default(0) })
    .optional(),
  rewrite_query: z.boolean().default(false),
});
