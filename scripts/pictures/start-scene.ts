import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { SESSION_SECRET_FILE } from '../../src/cli/files/dev-file.ts';
import { DEV_TENANT } from '../../src/cli/session.ts';
import { startStack } from '../../src/cli/stack.ts';
import { createInboxLink } from '../../src/gateway/app.ts';
import { openStore } from '../../src/store/store.ts';
import { until } from '../../src/testing/wait.ts';
import { openMailbox, type Mailbox } from '../../test/support/mailbox.ts';
import { SIGNING_SECRET, startSlack, TOKEN, type SlackServer } from '../../test/support/slack/server.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const PEOPLE = [
  { id: 'grace', name: 'Grace', groups: ['finance'], mail: 'grace@example.com', slackId: 'U02GRACE' },
  { id: 'linus', name: 'Linus', groups: ['finance'], mail: 'linus@example.com' },
  { id: 'edsger', name: 'Edsger', groups: ['managers'], mail: 'edsger@example.com' },
];

export interface Question {
  conversationId: string;
  user: string;
  message: string;
}

/** Everything a picture needs: the processes, people who are told, and somebody who asks. */
export interface Scene {
  gateway: string;
  mailbox: Mailbox;
  slack: SlackServer;
  linkOf(person: 'grace' | 'linus'): Promise<string>;
  /** Says something. @returns the id of what is asked then. */
  ask(question: Question): Promise<string>;
  stop(): Promise<void>;
}

export async function startScene(): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-pictures-'));
  const store = await openStore({ url: `sqlite:${join(folder, 'store.sqlite')}` });
  await store.people.put(DEV_TENANT, PEOPLE);
  await store.close();
  const [mailbox, slack] = await Promise.all([openMailbox(), startSlack()]);
  slack.users.set('U02GRACE', { id: 'U02GRACE' });
  const port = await freePort();
  Object.assign(process.env, {
    ...{ COUNTERSIGN_SMTP_URL: mailbox.url, COUNTERSIGN_MAIL_FROM: 'Countersign <signoff@example.com>' },
    ...{ COUNTERSIGN_SLACK_BOT_TOKEN: TOKEN, COUNTERSIGN_SLACK_API_URL: slack.apiUrl },
    ...{ COUNTERSIGN_SLACK_SIGNING_SECRET: SIGNING_SECRET },
    ...{ COUNTERSIGN_PUBLIC_URL: `http://127.0.0.1:${port}` },
  });
  const stack = await startStack({
    folder,
    keepsState: false,
    ports: { gateway: port, simulator: 0, temporal: 0, temporalUi: 0 },
    applicationFile: here('countersign.config.ts'),
    scenarioFile: here('scenario.json'),
    runTtlSeconds: 3 * 86_400,
    onProgress: (message) => console.log(message),
    onEvent: () => undefined,
    onOutput: () => undefined,
  });
  const { gateway, apiKey } = await stack.describe();
  const sessionSecret = await readFile(join(folder, SESSION_SECRET_FILE), 'utf8');

  const call = async <T>(path: string, body?: object): Promise<T> => {
    const answer = await fetch(`${gateway}/v1/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };

  return {
    ...{ gateway, mailbox, slack },
    linkOf: (id) => {
      const approver = { id, groups: PEOPLE.find((person) => person.id === id)?.groups ?? [] };
      return createInboxLink({ sessionSecret, baseUrl: gateway, tenant: DEV_TENANT, approver });
    },
    async ask({ conversationId, message, user }) {
      const started = { message, context: { user } };
      const { turnId } = await call<{ turnId: string }>(`conversations/${conversationId}/turns`, started);
      return until(`what "${message}" asks`, async () => {
        const { approvals } = await call<{ approvals: { approvalId: string }[] }>(`turns/${turnId}`);
        return approvals[0]?.approvalId;
      });
    },
    async stop() {
      await stack.stop();
      await Promise.all([mailbox.close(), slack.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The gateway's, known before it starts: links in notices lead there. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
