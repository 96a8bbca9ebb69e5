import {
  createSimulator,
  type FaultRule,
  type SeenRequest,
  type Simulator,
  type SimulatorOptions,
} from '../../src/app.ts';

export interface Call {
  id: string;
  function: { name: string; arguments: string };
}

/**
 * An answer's body, flat: the fields of all objects that tests look at. Which of them are there, depends on the object; a
 * test that expects the wrong one fails.
 */
export interface Body {
  id: string;
  object: string;
  status: string;
  created_at: number;
  started_at: number;
  completed_at: number;
  cancelled_at: number;
  failed_at: number;
  expires_at: number;
  thread_id: string;
  assistant_id: string;
  required_action: { submit_tool_outputs: { tool_calls: Call[] } } | null;
  last_error: object | null;
  incomplete_details: object | null;
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
  metadata: Record<string, string>;
  deleted: boolean;
  filename: string;
  bytes: number;
  role: string;
  content: { text: { value: string } }[];
  data: Body[];
  /** Of a response. */
  output: object[];
  first_id: string;
  has_more: boolean;
  error: { message: string; param: string | null; code: string | null };
  /** Of /_simulator/. */
  requests: SeenRequest[];
  runs: Body[];
  responses: Body[];
  faults: FaultRule[];
  skewMs: number;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: Body;
}

export const HEADERS = {
  authorization: 'Bearer test-key',
  'openai-beta': 'assistants=v2',
  'content-type': 'application/json',
};

/** A simulator without a port, on a clock that stands still until it is moved. */
export interface Bench {
  simulator: Simulator;
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Moves the clock. */
  pass(ms: number): void;
  nowMs(): number;
  /** Uploads a file for assistants; its id. */
  upload(filename: string, text: string, purpose?: string): Promise<Answer>;
  assistant(settings?: object): Promise<string>;
  thread(): Promise<string>;
  /** A run about this message, in its own thread unless one is named. */
  run(
    message: string,
    wanted?: { threadId?: string; assistantId?: string; more?: object },
  ): Promise<BenchRun>;
}

export interface BenchRun {
  id: string;
  threadId: string;
  path: string;
  created: Body;
  /** The body of the run as it is now. */
  now(): Promise<Body>;
  /** Moves the clock until the run has the status. */
  until(status: string): Promise<Body>;
  submit(outputs: Record<string, string> | ((call: Call) => string)): Promise<Answer>;
  reply(): Promise<string>;
  /** Submits outputs until the run has ended: the calls of one round after another, and the reply. */
  play(
    outputs: Record<string, string> | ((call: Call) => string),
  ): Promise<{ rounds: [tool: string, args: unknown][][]; reply: string }>;
}

/** The calls a run waits for. */
export function callsOf(run: Body): Call[] {
  return run.required_action?.submit_tool_outputs.tool_calls ?? [];
}

/** Latency in milliseconds of the bench's clock: queued lasts one second, thinking two. */
export const LATENCY = { startMs: 1_000, thinkMs: 2_000 };

/** @param check - is given every answer. */
export function createBench(
  options: SimulatorOptions = {},
  check: (method: string, path: string, answer: Answer) => void = () => undefined,
): Bench {
  let nowMs = Date.UTC(2026, 0, 15, 12);
  const simulator = createSimulator({ latency: LATENCY, now: () => nowMs, ...options });

  async function send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = HEADERS,
  ) {
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const response = await simulator.request(path, init);
    return answerOf(method, path, response);
  }

  async function answerOf(method: string, path: string, response: Response): Promise<Answer> {
    const { status, headers } = response;
    const text = await response.text();
    const answer = { status, headers, body: JSON.parse(text === '' ? '{}' : text) as Body };
    check(method, path, answer);
    return answer;
  }

  async function created(path: string, body: object): Promise<Body> {
    const answer = await send('POST', path, body);
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async function upload(filename: string, text: string, purpose = 'assistants') {
    const form = new FormData();
    form.set('purpose', purpose);
    form.set('file', new File([text], filename));
    const { 'content-type': _, ...headers } = HEADERS;
    const response = await simulator.request('/v1/files', { method: 'POST', headers, body: form });
    return answerOf('POST', '/v1/files', response);
  }

  const assistant = async (settings: object = {}) =>
    (await created('/v1/assistants', { model: 'gpt-5', ...settings })).id;
  const thread = async () => (await created('/v1/threads', {})).id;
  const pass = (ms: number) => {
    nowMs += ms;
  };

  return {
    simulator,
    send,
    upload,
    pass,
    nowMs: () => nowMs,
    assistant,
    thread,
    async run(message, { threadId, assistantId, more } = {}) {
      const inThread = threadId ?? (await thread());
      const first = await created(`/v1/threads/${inThread}/runs`, {
        assistant_id: assistantId ?? (await assistant()),
        additional_messages: [{ role: 'user', content: message }],
        ...more,
      });
      const path = `/v1/threads/${inThread}/runs/${first.id}`;
      const now = async () => (await send('GET', path)).body;
      const made: BenchRun = {
        id: first.id,
        threadId: inThread,
        path,
        created: first,
        now,
        async until(status) {
          for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 250) {
            const run = await now();
            if (run.status === status) return run;
            pass(250);
          }
          throw new Error(`The run never was ${status}; it is ${(await now()).status}.`);
        },
        async submit(outputs) {
          const calls = callsOf(await now());
          const outputOf =
            typeof outputs === 'function' ? outputs : (call: Call) => outputs[call.function.name] ?? '';
          const tool_outputs = calls.map((call) => ({ tool_call_id: call.id, output: outputOf(call) }));
          return send('POST', `${path}/submit_tool_outputs`, { tool_outputs });
        },
        async reply() {
          const { body } = await send('GET', `/v1/threads/${inThread}/messages?run_id=${first.id}`);
          return body.data[0]?.content[0]?.text.value ?? '';
        },
        async play(outputs) {
          const rounds: [tool: string, args: unknown][][] = [];
          for (;;) {
            pass(10_000);
            const run = await now();
            if (run.status !== 'requires_action') return { rounds, reply: await made.reply() };
            const calls = callsOf(run).map(({ function: call }) => call);
            rounds.push(calls.map((call) => [call.name, JSON.parse(call.arguments)]));
            await made.submit(outputs);
          }
        },
      };
      return made;
    },
  };
}
