import { request, type ClientRequest } from 'node:http';

/** A page that is open: a stream, and its parts as they were read last. */
export interface Tab {
  path: string;
  isOpen: () => boolean;
  /** It was told that nothing changes any more. */
  isOver: () => boolean;
  close: () => void;
}

/** Opens a page's stream, and reads the page's parts again whenever it hears of news, as its script does. Resolves when the stream is there. */
export function openTab({
  gateway,
  path,
  cookie,
  hear,
}: {
  gateway: string;
  path: string;
  cookie: string;
  hear: (tab: Tab) => void;
}): Promise<Tab> {
  const headers = { cookie };
  let etag = '';
  let isOpen = true;
  let isOver = false;
  let isReading = false;
  let stream: ClientRequest | undefined;
  const tab: Tab = { path, isOpen: () => isOpen, isOver: () => isOver, close: () => stream?.destroy() };

  async function read(): Promise<void> {
    if (isReading) return;
    isReading = true;
    const answer = await fetch(`${gateway}${path}/parts`, { headers: { ...headers, 'if-none-match': etag } });
    await answer.text();
    etag = answer.headers.get('etag') ?? etag;
    isReading = false;
  }

  return new Promise((resolve, reject) => {
    stream = request(`${gateway}${path}/events`, { headers, agent: false }, (answer) => {
      if (answer.statusCode !== 200) {
        reject(new Error(`The stream of ${path} was answered ${answer.statusCode}.`));
        return;
      }
      answer.setEncoding('utf8');
      answer.on('data', (text: string) => {
        if (text.includes('event: over')) isOver = true;
        if (!text.includes('event: changed')) return;
        hear(tab);
        read().catch(() => (isReading = false)); // it is read again at the next news
      });
      answer.on('close', () => (isOpen = false));
      answer.on('error', () => (isOpen = false));
      resolve(tab);
    });
    stream.on('error', reject);
    stream.end();
  });
}
