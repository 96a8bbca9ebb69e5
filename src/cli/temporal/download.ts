import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

import { z } from 'zod';

import { downloadedBinary, SDK_NAME, SDK_VERSION } from './cache.ts';
import type { TemporalContext } from './context.ts';
import { stage } from './staging.ts';

const DOWNLOAD_URL = 'https://temporal.download';
/** Without internet the next way must come soon. */
const INFO_LIMIT_MS = 5_000;
const STALL_LIMIT_MS = 30_000;
const PROGRESS_EVERY_MS = 2_000;

const PLATFORMS: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'linux',
  darwin: 'darwin',
  win32: 'windows',
};
const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

const downloadInfo = z.object({ archiveUrl: z.url(), fileToExtract: z.string().min(1) });

/**
 * Downloads the CLI that this version of Temporal's SDK would: the info address names an archive and the file in it (the
 * protocol of `ephemeral_server` in the SDK's core).
 *
 * @returns the file
 * @throws Error with the reason, when the address cannot be reached or what comes is no working CLI
 */
export async function downloadTemporal(
  context: TemporalContext,
  baseUrl: string = DOWNLOAD_URL,
): Promise<string> {
  const { archiveUrl, fileToExtract } = await fetchInfo(baseUrl, context);
  const make = async (folder: string) => {
    const archive = join(folder, 'archive.tar.gz');
    await fetchArchive(archiveUrl, archive, context);
    await promisify(execFile)('tar', ['-xzf', archive, '-C', folder, fileToExtract], {
      windowsHide: true,
      signal: context.signal,
    });
    const file = join(folder, fileToExtract);
    await chmod(file, 0o755);
    return file;
  };
  return stage({ target: downloadedBinary(context.env), context, make });
}

async function fetchInfo(
  baseUrl: string,
  { signal }: TemporalContext,
): Promise<z.output<typeof downloadInfo>> {
  const url = new URL('/cli/default', baseUrl);
  url.search = new URLSearchParams({
    arch: ARCHITECTURES[process.arch] ?? process.arch,
    platform: PLATFORMS[process.platform] ?? process.platform,
    format: 'tar.gz',
    'sdk-name': SDK_NAME,
    'sdk-version': SDK_VERSION,
  }).toString();
  const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(INFO_LIMIT_MS)]) });
  if (!answer.ok) throw new Error(`${url.origin} answered ${answer.status}`);
  return downloadInfo.parse(await answer.json());
}

async function fetchArchive(
  url: string,
  file: string,
  { onProgress, signal }: TemporalContext,
): Promise<void> {
  const stalled = new AbortController();
  const watchdog = setTimeout(() => stalled.abort(new Error('the download stalled')), STALL_LIMIT_MS);
  try {
    const answer = await fetch(url, { signal: AbortSignal.any([signal, stalled.signal]) });
    if (!answer.ok || answer.body === null)
      throw new Error(`${new URL(url).origin} answered ${answer.status}`);
    const total = Number(answer.headers.get('content-length'));
    const meter = progressMeter(total, onProgress);
    await pipeline(
      Readable.fromWeb(answer.body),
      async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          watchdog.refresh();
          meter(chunk.length);
          yield chunk;
        }
      },
      createWriteStream(file),
    );
  } finally {
    clearTimeout(watchdog);
  }
}

function progressMeter(total: number, onProgress: (message: string) => void): (bytes: number) => void {
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  const goal = total > 0 ? ` of ${megabytes(total)}` : '';
  let received = 0;
  let nextAt = 0;
  return (bytes) => {
    received += bytes;
    if (Date.now() < nextAt) return;
    nextAt = Date.now() + PROGRESS_EVERY_MS;
    onProgress(`Downloading the Temporal CLI: ${megabytes(received)}${goal} MB`);
  };
}
