import { isGrpcServiceError, type Connection } from '@temporalio/client';

import { SEARCH_ATTRIBUTES } from '../../contracts/search/attributes.ts';
import type { TemporalContext } from './context.ts';
import { TemporalServerError } from './error.ts';
import { hasCode } from './grpc.ts';

type AttributeType = (typeof SEARCH_ATTRIBUTES)[keyof typeof SEARCH_ATTRIBUTES];

/** temporal.api.enums.v1.IndexedValueType, and the same type as the CLI spells it. */
const TYPES: Record<AttributeType, { wire: number; cli: string }> = {
  KEYWORD: { wire: 2, cli: 'Keyword' },
  DATETIME: { wire: 6, cli: 'Datetime' },
  KEYWORD_LIST: { wire: 7, cli: 'KeywordList' },
};

const WANTED = Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => ({ name, ...TYPES[type] }));

/** `--search-attribute` of the development server, once for each. */
export function searchAttributeFlags(): string[] {
  return WANTED.flatMap(({ name, cli }) => ['--search-attribute', `${name}=${cli}`]);
}

/**
 * Registers the search attributes that a namespace lacks.
 *
 * @throws TemporalServerError with the CLI's commands, when the server refuses or has one of another type
 */
export async function registerSearchAttributes(
  connection: Connection,
  namespace: string,
  { onProgress }: TemporalContext,
): Promise<void> {
  const missing = await missingAttributes(connection, namespace);
  if (missing.length === 0) return;
  onProgress(`Registering search attributes: ${missing.map(({ name }) => name).join(', ')}`);
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(({ name, wire }) => [name, wire])),
    });
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
    if (hasCode(error, 'ALREADY_EXISTS')) return;
    throw refused(missing, namespace, error.details);
  }
}

/** @throws TemporalServerError when an attribute exists with another type */
export async function missingAttributes(connection: Connection, namespace: string): Promise<typeof WANTED> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  for (const { name, wire, cli } of WANTED) {
    const found: number | undefined = customAttributes[name];
    if (found === undefined || found === wire) continue;
    throw new TemporalServerError(
      `Search attribute ${name} of namespace "${namespace}" has type ${found}, not ${cli} (${wire}). Another application ` +
        'uses this name: choose another namespace with TEMPORAL_NAMESPACE.',
    );
  }
  return WANTED.filter(({ name }) => customAttributes[name] === undefined);
}

function refused(missing: typeof WANTED, namespace: string, reason: string): TemporalServerError {
  const commands = missing.map(
    ({ name, cli }) =>
      `  temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${cli}`,
  );
  return new TemporalServerError(
    [
      `Namespace "${namespace}" lacks search attributes, and the server refused to add them (${reason}). ` +
        'Have someone with the right to do so run:',
      ...commands,
    ].join('\n'),
  );
}
