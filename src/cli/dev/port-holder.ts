import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

/** The process that listens on a port. */
export interface PortHolder {
  pid: number;
  command: string;
}

/** @returns null when the system does not tell us. */
export async function portHolder(port: number): Promise<PortHolder | null> {
  try {
    return process.platform === 'linux' ? await fromProc(port) : await fromLsof(port);
  } catch {
    return null; // it was for a better message only
  }
}

/** State of a listening socket in /proc/net/tcp. */
const LISTENING = '0A';

async function fromProc(port: number): Promise<PortHolder | null> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const sockets = new Set(
    tables
      .flatMap((table) => table.split('\n').slice(1))
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => local?.endsWith(suffix) === true && state === LISTENING)
      .map((fields) => `socket:[${fields[9] ?? ''}]`),
  );
  if (sockets.size === 0) return null;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const open = await readdir(`/proc/${pid}/fd`).catch(() => []); // another user's
    for (const file of open) {
      const target = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '');
      if (!sockets.has(target)) continue;
      const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').join(' ').trim();
      return { pid: Number(pid), command: words.slice(0, 100) };
    }
  }
  return null;
}

async function fromLsof(port: number): Promise<PortHolder | null> {
  const { stdout } = await promisify(execFile)('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc']);
  const [, pid] = /^p(\d+)$/m.exec(stdout) ?? [];
  const [, command] = /^c(.+)$/m.exec(stdout) ?? [];
  return pid === undefined ? null : { pid: Number(pid), command: command ?? '' };
}
