import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Provider, type Configuration } from 'oidc-provider';

/**
 * A real identity provider as a process of its own. It says where it is; then it is told its clients by message. Everybody signs in by any
 * name, and belongs to `finance`.
 */

const HOST = '127.0.0.2'; // another site than the gateway's, as in life

const server = createServer((_request, response) => response.writeHead(503).end());
server.listen(0, HOST, () => {
  const issuer = `http://${HOST}:${(server.address() as AddressInfo).port}`;
  process.on('message', (clients: Configuration['clients']) => {
    const provider = new Provider(issuer, {
      clients: clients ?? [],
      claims: {
        openid: ['sub', 'groups'],
        profile: ['name'],
        email: ['email', 'email_verified'],
      },
      findAccount: (_context, sub) => ({
        accountId: sub,
        claims: () => ({
          ...{ sub, name: `${sub} of Acme`, email: `${sub}@acme.example`, email_verified: true },
          groups: ['finance'],
        }),
      }),
      features: { backchannelLogout: { enabled: true } },
      // Its own refuses to call this machine.
      fetch: (url, { dispatcher: _, ...options }: RequestInit & { dispatcher?: unknown } = {}) =>
        fetch(url, options),
      cookies: { keys: ['only for tests'] },
    });
    server.removeAllListeners('request');
    const answer = provider.callback();
    server.on('request', (...exchange) => void answer(...exchange));
    process.send?.({ ready: true });
  });
  process.send?.({ issuer });
});
process.once('disconnect', () => process.exit());
