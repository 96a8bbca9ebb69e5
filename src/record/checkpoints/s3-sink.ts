import { hash } from 'node:crypto';

import { AwsClient } from 'aws4fetch';

import { reasonOf } from './reason.ts';
import type { CheckpointSink } from './sink.ts';

export interface S3Options {
  bucket: string;
  /** Before the keys, without a slash at its ends. */
  prefix?: string;
  region: string;
  /** Of a service that speaks S3, with the bucket in the path; Amazon's by default. */
  endpoint?: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  /** Of one request. */
  limitMs?: number;
}

/**
 * Puts each checkpoint into a bucket: `<prefix>/<tenant>/<size>-<root>.jws`. The root is in the key, so a record that was rewritten never
 * takes the place of what was said before; a bucket with Object Lock keeps it from everybody else, too.
 */
export function s3Sink(options: S3Options): CheckpointSink {
  const { bucket, prefix, region, endpoint, credentials, limitMs = 15_000 } = options;
  const aws = new AwsClient({ ...credentials, region, service: 's3', retries: 0 });
  const base =
    endpoint === undefined
      ? `https://${bucket}.s3.${region}.amazonaws.com`
      : `${endpoint.replace(/\/$/, '')}/${bucket}`;
  const folder = prefix === undefined || prefix === '' ? base : `${base}/${prefix}`;
  return {
    ...{ kind: 's3', place: `s3:${folder}` },
    async send({ tenant, size, root, checkpoint }, signal) {
      const name = `${String(size).padStart(15, '0')}-${root.slice('sha256:'.length, 'sha256:'.length + 16)}`;
      const body = `${checkpoint}\n`;
      const answer = await aws
        .fetch(`${folder}/${tenant}/${name}.jws`, {
          method: 'PUT',
          body,
          headers: {
            'content-type': 'application/jose',
            // Signed with the rest: nobody on the way puts another one in its place.
            'x-amz-content-sha256': hash('sha256', body),
          },
          redirect: 'manual',
          signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
        })
        .catch((error: unknown) => {
          throw new Error(`${new URL(base).host} does not answer (${reasonOf(error)}).`);
        });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`The bucket ${bucket} answered ${answer.status}${codeIn(text)}.`);
    },
  };
}

/** S3's own word, such as `AccessDenied`. */
function codeIn(xml: string): string {
  const [, code] = /<Code>([A-Za-z]{1,60})<\/Code>/.exec(xml) ?? [];
  return code === undefined ? '' : ` (${code})`;
}
