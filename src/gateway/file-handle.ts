import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Files belong to the provider's account, and all tenants share it. So the gateway never hands out the provider's own id: it hands out
 * a handle that names file, tenant's right and a signature over both and the tenant. It keeps nothing: any gateway with the same
 * secret takes the handle, and no other tenant's (docs/decisions/0016).
 *
 *   cf_<provider's id, base64url>.<right>.<HMAC-SHA256, base64url>
 */

/** `own`: the tenant uploaded it, or a run of its made it. `cited`: a run of its read it, which is no right to all of it. */
export type FileRight = 'own' | 'cited';

const HANDLE = /^cf_([A-Za-z0-9_-]{1,700})\.(own|cited)\.([A-Za-z0-9_-]{43})$/;

interface Named {
  tenant: string;
  fileId: string;
  right: FileRight;
}

export function sealFile(secret: string, named: Named): string {
  const id = Buffer.from(named.fileId).toString('base64url');
  return `cf_${id}.${named.right}.${signatureOf(secret, named)}`;
}

/** What a handle names, or null when it is not one of this tenant's. */
export function openFile(
  secret: string,
  tenant: string,
  handle: string,
): { fileId: string; right: FileRight } | null {
  const [, id, right, signature] = HANDLE.exec(handle) ?? [];
  if (id === undefined || right === undefined || signature === undefined) return null;
  const named: Named = {
    tenant,
    fileId: Buffer.from(id, 'base64url').toString(),
    right: right === 'own' ? 'own' : 'cited',
  };
  const isOurs = timingSafeEqual(Buffer.from(signature), Buffer.from(signatureOf(secret, named)));
  return isOurs ? { fileId: named.fileId, right: named.right } : null;
}

/** The prefix tells it from whatever else the secret signs. */
function signatureOf(secret: string, { tenant, fileId, right }: Named): string {
  return createHmac('sha256', secret)
    .update(`file:${JSON.stringify([tenant, right, fileId])}`)
    .digest('base64url');
}
