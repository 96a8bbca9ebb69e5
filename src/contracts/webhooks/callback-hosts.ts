import { BlockList, isIP } from 'node:net';

/**
 * Where answers may be sent. A callback URL comes from whoever may ask for a decision, and the worker that calls it stands inside
 * the operator's network: so an address is called only when the operator has listed its host.
 *
 *   hooks.example.com        this host, every port, wherever its name leads
 *   hooks.example.com:8443   this host and port
 *   *.example.com, *         hosts under this name, or any: but only public addresses
 */

const ENTRY = /^(?:\*|(?:\*\.)?[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;

/** Ranges of IANA's special-purpose registries that lead into the own network, or nowhere. */
const NOT_PUBLIC = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  NOT_PUBLIC.addSubnet(network, prefix, 'ipv4');
}
/** Of IPv6 only global unicast is public; 6to4, NAT64 and documentation carry other addresses, or none. */
const PUBLIC_V6 = new BlockList();
PUBLIC_V6.addSubnet('2000::', 3, 'ipv6');
const NOT_PUBLIC_V6 = new BlockList();
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  NOT_PUBLIC_V6.addSubnet(network, prefix, 'ipv6');
}

/** Whether a text may stand in the list. */
export function isCallbackHost(text: string): boolean {
  return ENTRY.test(text);
}

/** Whether an address can be reached from everywhere: not private, loopback, link-local or reserved. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !NOT_PUBLIC.check(address, 'ipv4');
    case 6:
      return PUBLIC_V6.check(address, 'ipv6') && !NOT_PUBLIC_V6.check(address, 'ipv6');
    default:
      return false;
  }
}

type CallbackTarget =
  | { ok: true; url: URL; mayBePrivate: boolean }
  /** Why not, as the rest of a sentence about the URL. */
  | { ok: false; message: string };

/** Whether a callback may be sent to a URL, as far as the URL itself says; where its name leads is seen at each connection. */
export function callbackTarget(text: string, hosts: readonly string[]): CallbackTarget {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return no('must be an http or https URL');
  if (url.username !== '' || url.password !== '') return no('must not hold a user name or a password');
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const matching = hosts.filter((entry) => matches(entry.toLowerCase(), url.hostname, port));
  if (matching.length === 0) {
    const remedy = 'COUNTERSIGN_CALLBACK_HOSTS does not list it; whoever runs Countersign can add it';
    return no(`leads to ${url.host}, which may not be called: ${remedy}`);
  }
  const mayBePrivate = matching.some((entry) => !entry.startsWith('*'));
  const literal = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (!mayBePrivate && (url.hostname === 'localhost' || (isIP(literal) !== 0 && !isPublicAddress(literal)))) {
    const remedy = 'COUNTERSIGN_CALLBACK_HOSTS must list the host itself, not a pattern';
    return no(`leads to ${url.host}, an address that is not public: ${remedy}`);
  }
  return { ok: true, url, mayBePrivate };
}

function matches(entry: string, hostname: string, port: string): boolean {
  const [, host = '', wanted] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  if (wanted !== undefined && wanted !== port) return false;
  if (host === '*') return true;
  return host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : hostname === host;
}

function no(message: string): CallbackTarget {
  return { ok: false, message };
}
