import '../../src/config.ts';
import { allVariables } from '../../src/config/variables.ts';
import { code, page, prose, sentence, table, wrap } from './markdown.ts';

/** Whose variables come first. */
const PROCESSES = ['worker', 'gateway', 'simulator', 'the application'];

const TEMPORAL: [variables: string[], does: string, unset: string][] = [
  [
    ['TEMPORAL_ADDRESS'],
    'host and port of the Temporal server; `dev` uses it in place of one of its own',
    '`127.0.0.1:7233`',
  ],
  [['TEMPORAL_NAMESPACE'], 'the namespace', '`default`'],
  [['TEMPORAL_API_KEY'], 'the API key, for Temporal Cloud', 'none'],
  [['TEMPORAL_TLS'], '`true` or `false`', 'on with an API key'],
  [
    ['TEMPORAL_TLS_CLIENT_CERT_PATH', 'TEMPORAL_TLS_CLIENT_CERT_DATA'],
    'the client certificate, as a file or as text',
    'none',
  ],
  [['TEMPORAL_TLS_CLIENT_KEY_PATH', 'TEMPORAL_TLS_CLIENT_KEY_DATA'], 'its key', 'none'],
  [
    ['TEMPORAL_TLS_SERVER_CA_CERT_PATH', 'TEMPORAL_TLS_SERVER_CA_CERT_DATA'],
    "the authority that signed the server's certificate",
    "the system's",
  ],
  [['TEMPORAL_TLS_SERVER_NAME'], "the name the server's certificate must bear", 'the address'],
  [['TEMPORAL_GRPC_META_*'], 'headers for every request', 'none'],
  [
    ['TEMPORAL_CONFIG_FILE', 'TEMPORAL_PROFILE'],
    'a file with such settings, and which profile of it',
    "Temporal's own file, `default`",
  ],
];

/** Every variable, in a table for each process that reads it first. */
export function configurationPage(): string {
  const variables = allVariables().map(({ about, ...variable }) => ({ ...variable, ...about }));
  const groups = Map.groupBy(variables, ({ by }) => by[0] ?? '');
  const ordered = [...new Set([...PROCESSES, ...groups.keys()])].filter((process) => groups.has(process));
  return page(
    'Configuration',
    'src/config',
    wrap(
      'All configuration is environment variables. An empty value counts as not set. A missing or malformed value stops the ' +
        'process at its start, with a sentence that names the variable and the remedy.',
    ),
    ...ordered.flatMap((process) => [
      `## ${headingOf(process)}`,
      table(
        ['variable', 'does', 'default'],
        (groups.get(process) ?? []).map(({ name, by, does, meaning, fallback, unset }) => [
          code(name),
          [
            sentence(does),
            `Set it to ${prose(meaning)}.`,
            by.length > 1 ? `Also read by: ${by.slice(1).join(', ')}.` : '',
          ]
            .filter(Boolean)
            .join('<br>'),
          defaultOf(fallback) ?? unset ?? '',
        ]),
      ),
    ]),
    '## Temporal',
    "Read by Temporal's own [environment configuration](https://docs.temporal.io/develop/environment-configuration):",
    table(
      ['variable', 'does', 'default'],
      TEMPORAL.map(([names, does, unset]) => [names.map(code).join(' · '), does, unset]),
    ),
  );
}

/** The value that a shape gives where nothing is set; a list that is empty gives none. */
function defaultOf(fallback: unknown): string | undefined {
  if (typeof fallback === 'string' || typeof fallback === 'number') return code(String(fallback));
  return undefined;
}

function headingOf(process: string): string {
  const name = process.replace(/^the /, '');
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}
