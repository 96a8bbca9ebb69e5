/**
 * Counters, a gauge and a histogram in Prometheus' text format (version 0.0.4). By hand, because a handful of numbers needs no
 * dependency; labels are only route patterns, methods, status codes and outcomes, so their number is bounded.
 */

const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** What there is to read, by name: public API. */
export const METRICS = {
  countersign_http_requests_total: {
    type: 'counter',
    labels: ['method', 'route', 'status'],
    help: 'HTTP requests by method, route and status.',
  },
  countersign_decisions_total: {
    type: 'counter',
    labels: ['source', 'outcome'],
    help: 'Decisions by source and outcome.',
  },
  countersign_checkpoints_total: {
    type: 'counter',
    labels: ['outcome'],
    help: 'Checkpoints of the record: signed, or refused because the record contradicts an earlier one.',
  },
  countersign_checkpoint_deliveries_total: {
    type: 'counter',
    labels: ['sink', 'outcome'],
    help: 'Attempts to send a checkpoint elsewhere, by kind of place and outcome.',
  },
  countersign_checkpoints_undelivered: {
    type: 'gauge',
    labels: ['sink'],
    help: 'Checkpoints that a place elsewhere does not have yet.',
  },
  countersign_event_endpoints_ended: {
    type: 'gauge',
    labels: ['endpoint'],
    help: 'Event endpoints that have answered 410, and get nothing until they are resumed.',
  },
  countersign_notices_undelivered: {
    type: 'gauge',
    labels: ['channel', 'state'],
    help: 'Notices that have not arrived: planned, held back, being sent, failed for good, or perhaps arrived. Failed are also those whose end could not be told.',
  },
  countersign_streams_open: {
    type: 'gauge',
    labels: ['kind'],
    help: 'Open streams of server-sent events: of services (api), and of pages (inbox).',
  },
  countersign_http_request_duration_seconds: {
    type: 'histogram',
    labels: ['method', 'route'],
    help: 'Time to answer, by route.',
  },
} as const;

type Labels = Record<string, string>;

interface Histogram {
  counts: number[];
  sum: number;
  count: number;
}

export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics() {
  const requests = new Map<string, number>();
  const decisions = new Map<string, number>();
  const checkpoints = new Map<string, number>();
  const deliveries = new Map<string, number>();
  const undelivered = new Map<string, number>();
  let ended: readonly string[] = [];
  let notices: readonly { channel: string; state: string; count: number }[] = [];
  const streams = new Map<string, number>();
  const durations = new Map<string, Histogram>();

  return {
    countRequest(request: { method: string; route: string; status: number; seconds: number }): void {
      const { method, route, status, seconds } = request;
      increment(requests, { method, route, status: String(status) });
      observe(durations, { method, route }, seconds);
    },
    countDecision(decision: { source: string; outcome: string }): void {
      increment(decisions, decision);
    },
    countCheckpoint(checkpoint: { outcome: string }): void {
      increment(checkpoints, checkpoint);
    },
    countDelivery(delivery: { sink: string; outcome: string }): void {
      increment(deliveries, delivery);
    },
    setUndelivered(sink: string, count: number): void {
      undelivered.set(render({ sink }), count);
    },
    setEndedEndpoints(names: readonly string[]): void {
      ended = names;
    },
    setUndeliveredNotices(counts: typeof notices): void {
      notices = counts;
    },
    setStreams(kind: 'api' | 'inbox', count: number): void {
      streams.set(render({ kind }), count);
    },
    /** Everything as the text a Prometheus server reads. */
    render(): string {
      return [
        ...header('countersign_http_requests_total'),
        ...lines('countersign_http_requests_total', requests),
        ...header('countersign_decisions_total'),
        ...lines('countersign_decisions_total', decisions),
        ...header('countersign_checkpoints_total'),
        ...lines('countersign_checkpoints_total', checkpoints),
        ...header('countersign_checkpoint_deliveries_total'),
        ...lines('countersign_checkpoint_deliveries_total', deliveries),
        ...header('countersign_checkpoints_undelivered'),
        ...lines('countersign_checkpoints_undelivered', undelivered),
        ...header('countersign_event_endpoints_ended'),
        ...lines(
          'countersign_event_endpoints_ended',
          new Map(ended.map((endpoint) => [render({ endpoint }), 1])),
        ),
        ...header('countersign_notices_undelivered'),
        ...lines(
          'countersign_notices_undelivered',
          new Map(notices.map(({ count, ...labels }) => [render(labels), count])),
        ),
        ...header('countersign_streams_open'),
        ...lines('countersign_streams_open', streams),
        ...header('countersign_http_request_duration_seconds'),
        ...[...durations].flatMap(([labels, histogram]) =>
          histogramLines('countersign_http_request_duration_seconds', labels, histogram),
        ),
        '',
      ].join('\n');
    },
  };
}

function increment(counter: Map<string, number>, labels: Labels): void {
  const key = render(labels);
  counter.set(key, (counter.get(key) ?? 0) + 1);
}

function observe(histograms: Map<string, Histogram>, labels: Labels, value: number): void {
  const key = render(labels);
  const found = histograms.get(key) ?? { counts: BUCKETS_SECONDS.map(() => 0), sum: 0, count: 0 };
  histograms.set(key, {
    counts: found.counts.map((count, index) => count + (value <= (BUCKETS_SECONDS[index] ?? 0) ? 1 : 0)),
    sum: found.sum + value,
    count: found.count + 1,
  });
}

function render(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/["\\\n]/g, '_')}"`)
    .join(',');
}

function header(name: keyof typeof METRICS): string[] {
  const { type, help } = METRICS[name];
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function lines(name: string, numbers: Map<string, number>): string[] {
  return [...numbers].map(([labels, value]) => `${name}{${labels}} ${value}`);
}

function histogramLines(name: string, labels: string, { counts, sum, count }: Histogram): string[] {
  return [
    ...counts.map((value, index) => `${name}_bucket{${labels},le="${BUCKETS_SECONDS[index] ?? 0}"} ${value}`),
    `${name}_bucket{${labels},le="+Inf"} ${count}`,
    `${name}_sum{${labels}} ${sum}`,
    `${name}_count{${labels}} ${count}`,
  ];
}
