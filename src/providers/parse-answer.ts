import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';

interface Expected {
  /** What it should be, such as "a run". */
  what: string;
  /** What whoever answers so speaks, such as "the Assistants protocol". */
  speaks: string;
}

/**
 * Checks what the provider has answered, as far as we decide by it.
 *
 * @throws ApplicationFailure `Provider.UnexpectedAnswer` naming the field and the settings.
 */
export function parseAnswer<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
  expected: Expected,
): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue === undefined || issue.path.length === 0 ? 'the body' : issue.path.join('.');
  throw unexpectedAnswer(field, issue?.message ?? '', expected);
}

/** The failure for an answer that does not follow the protocol. */
export function unexpectedAnswer(
  field: string,
  fault: string,
  { what, speaks }: Expected,
): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'Provider.UnexpectedAnswer',
    message: `The provider's answer is not ${what}: ${field}: ${fault}. Check that OPENAI_BASE_URL speaks ${speaks}, or set COUNTERSIGN_PROVIDER to the one it speaks.`,
    nonRetryable: true,
  });
}

const CreatedSchema = z.looseObject({ id: z.string().min(1) });

/** The id of what has just been created. Without one there would be nothing to go on with. */
export function createdId(body: unknown, expected: Expected): string {
  return parseAnswer(CreatedSchema, body, expected).id;
}
