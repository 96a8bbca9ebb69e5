import { setTimeout as sleep } from 'node:timers/promises';
import type { AddressInfo } from 'node:net';

import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/** What the server does with the next mails. */
export type Behaviour =
  | { is: 'takes' }
  | { is: 'refuses'; code: number; at: 'RCPT' | 'DATA' }
  /** Says nothing to the mail, until it is let go. */
  | { is: 'hangs' }
  /** Cuts the connection in the middle. */
  | { is: 'closes' };

export interface Mail extends ParsedMail {
  /** Whom the envelope names. */
  recipient: string;
  raw: string;
  /** In ms since 1970. */
  arrivedAtMs: number;
}

export interface Mailbox {
  url: string;
  /** With user name and password. */
  urlFor(user: string, password: string): string;
  mails: Mail[];
  behaviour: Behaviour;
  /** Mails that were handed over, whatever became of them. */
  begun: number;
  to(address: string): Mail[];
  close(): Promise<void>;
}

/** A real SMTP server on this machine, which knows ada with the password "open-sesame" and needs nobody to say who they are. */
export async function openMailbox(): Promise<Mailbox> {
  const mails: Mail[] = [];
  const refusal = (code: number) => Object.assign(new Error('No.'), { responseCode: code });
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    closeTimeout: 100,
    onAuth({ username, password }, _session, answer) {
      if (username === 'ada' && password === 'open-sesame') answer(null, { user: username });
      else answer(refusal(535));
    },
    onRcptTo(_address, _session, answer) {
      const { behaviour } = mailbox;
      answer(behaviour.is === 'refuses' && behaviour.at === 'RCPT' ? refusal(behaviour.code) : null);
    },
    onData(stream, session, answer) {
      // A client that goes away in the middle has sent nothing.
      take().catch(() => undefined);
      async function take(): Promise<void> {
        mailbox.begun += 1;
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk as Buffer);
        while (mailbox.behaviour.is === 'hangs') await sleep(20);
        if (mailbox.behaviour.is === 'closes') {
          for (const connection of server.connections) connection._socket.destroy();
          return;
        }
        if (mailbox.behaviour.is === 'refuses') {
          answer(refusal(mailbox.behaviour.code));
          return;
        }
        const raw = Buffer.concat(chunks).toString();
        const recipient = session.envelope.rcptTo[0]?.address ?? '';
        const arrivedAtMs = Date.now();
        mails.push({ ...(await simpleParser(raw)), recipient, raw, arrivedAtMs });
        answer(null);
      }
    },
  });
  server.on('error', () => undefined); // a client that goes away
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  const mailbox: Mailbox = {
    url: `smtp://127.0.0.1:${port}`,
    urlFor: (user, password) => `smtp://${user}:${password}@127.0.0.1:${port}`,
    mails,
    behaviour: { is: 'takes' },
    begun: 0,
    to: (address) => mails.filter(({ recipient }) => recipient === address),
    close: () =>
      new Promise<void>((resolve) => {
        mailbox.behaviour = { is: 'closes' };
        for (const connection of server.connections) connection._socket.destroy();
        server.close(() => resolve());
      }),
  };
  return mailbox;
}
