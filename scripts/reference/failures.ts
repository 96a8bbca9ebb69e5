import { FAILURE_MEANINGS } from '../../src/contracts/failures/failure-meanings.ts';
import { FAILURES, type FailureType } from '../../src/contracts/failures/failures.ts';
import { code, page, table } from './markdown.ts';

/** Every failure type, with when it comes and what helps. */
export function failuresPage(): string {
  const types = Object.keys(FAILURES) as FailureType[];
  const rows = (kind: 'terminal' | 'retryable') =>
    types
      .filter((type) => FAILURES[type] === kind)
      .map((type) => [code(type), FAILURE_MEANINGS[type].when, FAILURE_MEANINGS[type].action]);
  return page(
    'Failures',
    'src/contracts/failures/failure-meanings.ts',
    'A turn that ends badly has a `failure` with a `type` and a `message`. The types are public API: alerts and programs match on them.',
    '## Failures that end a turn',
    'Temporal does not retry these.',
    table(['type', 'when', 'what to do'], rows('terminal')),
    '## Failures that are retried',
    'Temporal tries these again. They show on pending activities, and in a turn only if it is cancelled meanwhile.',
    table(['type', 'when', 'what to do'], rows('retryable')),
    'More in operations: [unknown outcomes](../operations.md#unknown-outcomes), [a busy thread](../operations.md#a-busy-thread).',
    "A tool that throws does not fail its turn unless its definition says `onError: 'fail'`: the model is told.",
  );
}
