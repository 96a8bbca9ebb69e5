import { spawn } from 'node:child_process';

import { environment } from '../../config.ts';

/** Opens an address in the person's browser, as far as there is one; whoever calls says the address as well. */
export function openUrl(url: string): void {
  const [command, ...args] = openerOf(url);
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.on('error', () => undefined); // no browser here: the address has been said
  child.unref();
}

function openerOf(url: string): [command: string, ...args: string[]] {
  if (environment.BROWSER) return [environment.BROWSER, url];
  if (process.platform === 'darwin') return ['open', url];
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', url];
  return ['xdg-open', url];
}
