import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A bucket's part of S3 over HTTP: it puts objects, and lets nobody in whose signature (AWS Signature Version 4) does not fit. */
export async function startBucket(secrets: Record<string, string>) {
  const objects = new Map<string, string>();
  let isDown = false;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const problem = isDown ? 'SlowDown' : problemOf(request, body, secrets);
      if (problem === null) objects.set(request.url ?? '', body.toString());
      const status = problem === null ? 200 : problem === 'SlowDown' ? 503 : 403;
      response.writeHead(status).end(problem && `<Error><Code>${problem}</Code></Error>`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    set isDown(value: boolean) {
      isDown = value;
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

const HEADER =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/;

/** As "Create a signed AWS API request" has it; null when the signature fits. */
function problemOf(request: IncomingMessage, body: Buffer, secrets: Record<string, string>): string | null {
  const [, keyId = '', day = '', region = '', names = '', given] =
    HEADER.exec(request.headers.authorization ?? '') ?? [];
  const secret = secrets[keyId];
  if (secret === undefined) return 'InvalidAccessKeyId';
  const header = (name: string) => String(request.headers[name] ?? '');
  if (header('x-amz-content-sha256') !== sha256(body)) return 'XAmzContentSHA256Mismatch';
  if (!['host', 'x-amz-content-sha256', 'x-amz-date'].every((name) => names.split(';').includes(name)))
    return 'AccessDenied';
  const canonical = [
    request.method,
    request.url,
    '',
    ...names.split(';').map((name) => `${name}:${header(name)}`),
    '',
    names,
    header('x-amz-content-sha256'),
  ].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', header('x-amz-date'), scope, sha256(canonical)].join('\n');
  const key = [day, region, 's3', 'aws4_request'].reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`));
  return hmac(key, text).toString('hex') === given ? null : 'SignatureDoesNotMatch';
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
