import { SEARCH_ATTRIBUTES } from '../../src/contracts/search/attributes.ts';
import { METRICS } from '../../src/gateway/metrics.ts';
import { block, code, page, table, wrap } from './markdown.ts';

const MEANS: Record<keyof typeof SEARCH_ATTRIBUTES, string> = {
  CountersignTenant: 'whose workflow it is; of every workflow',
  ConversationId: 'the conversation of a turn',
  ApprovalStatus: '`asked` once a person was asked; of a request that sends its answer, what became of it',
  ApprovalDeadline: 'the earliest deadline of what was pending when somebody was asked last',
  ApprovalTools: 'the tools that were asked about then',
  CountersignUsers: 'of a conversation: keys of the first fifty users who spoke there',
};

/** What operators filter and measure by. */
export function telemetryPage(): string {
  return page(
    'Search attributes and metrics',
    'src/contracts/search/attributes.ts and src/gateway/metrics.ts',
    '## Search attributes',
    wrap(
      'A namespace must have these before a worker starts. [Deployment](../deployment.md) shows how they are made. With them one ' +
        'list call finds everything that may be pending:',
    ),
    block(
      'sh',
      `temporal workflow list --query "ApprovalStatus = 'asked' AND ExecutionStatus = 'Running' AND CountersignTenant = 'acme'"`,
    ),
    table(
      ['name', 'type', 'is'],
      Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [
        code(name),
        type,
        MEANS[name as keyof typeof SEARCH_ATTRIBUTES],
      ]),
    ),
    '## Metrics',
    wrap(
      "Each gateway serves these at `/metrics` in Prometheus' text format. [Operations](../operations.md#metrics) says what to alert on.",
    ),
    table(
      ['name', 'type', 'labels', 'is'],
      Object.entries(METRICS).map(([name, { type, labels, help }]) => [
        code(name),
        type,
        labels.map(code).join(', '),
        help,
      ]),
    ),
  );
}
