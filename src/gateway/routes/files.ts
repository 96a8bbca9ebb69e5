import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { ApplicationFailure } from '@temporalio/common';

import type { FileStore } from '../../contracts/files.ts';
import { requireScope } from '../auth.ts';
import { openFile, sealFile } from '../file-handle.ts';
import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';
import { apiKeyWith, json, problems } from '../openapi.ts';
import { Problem } from '../problem.ts';
import { FileParams } from '../parameters.ts';
import { FileDocument } from '../schemas/turn.ts';
import { boundUploads, readUpload, safeName } from '../bodies/upload.ts';

/** Files to attach to messages, and files that assistants have made. Both routes need the scope `turns:write`. */
export function createFileRoutes(parts: GatewayParts): OpenAPIHono<GatewayEnv> {
  const { apiKeys, sessionSecret, maximumFileBytes, log } = parts;
  const app = new OpenAPIHono<GatewayEnv>();
  const turnsWrite = requireScope(apiKeys, 'turns:write');
  const common = { tags: ['files'], security: apiKeyWith('turns:write') };

  const uploadFile = createRoute({
    ...common,
    method: 'post',
    path: '/v1/files',
    operationId: 'uploadFile',
    summary: 'Upload a file to attach to messages',
    description: 'Each upload creates a new file at the provider. Only this tenant can use its `fileId`.',
    request: {
      body: {
        required: true,
        content: {
          'multipart/form-data': {
            schema: z.object({ file: z.any().openapi({ type: 'string', format: 'binary' }) }),
          },
        },
      },
    },
    responses: {
      201: json('The file is stored at the provider.', FileDocument),
      ...problems(401, 403, 413, 415, 422, 429, 501, 502, 503),
    },
  });
  // Documented, not registered with `app.openapi`: nothing may read the body before it is bounded.
  app.openAPIRegistry.registerPath(uploadFile);
  app.post(
    uploadFile.getRoutingPath(),
    turnsWrite,
    async (_, next) => {
      storeOf(parts);
      await next();
    },
    ...boundUploads(maximumFileBytes),
    async (c) => {
      const file = await readUpload(c, maximumFileBytes);
      const { tenant } = c.var.apiKey;
      const { fileId, filename, bytes } = await storeOf(parts).upload(file);
      log('file.uploaded', { requestId: c.var.requestId, tenant, fileId, bytes });
      return c.json(
        { fileId: sealFile(sessionSecret, { tenant, fileId, right: 'own' }), filename, bytes },
        201,
      );
    },
  );

  const downloadFile = createRoute({
    ...common,
    method: 'get',
    path: '/v1/files/{fileId}/content',
    operationId: 'downloadFile',
    summary: 'Download a file that an assistant created',
    description:
      'An uploaded file can be downloaded only if the provider returns it. OpenAI does not. A file that was only cited cannot be downloaded.',
    request: { params: FileParams },
    responses: {
      200: {
        description: 'Its bytes.',
        content: {
          'application/octet-stream': { schema: z.any().openapi({ type: 'string', format: 'binary' }) },
        },
      },
      ...problems(401, 403, 404, 429, 501, 502, 503),
    },
  });
  app.openAPIRegistry.registerPath(downloadFile);
  app.get(downloadFile.getRoutingPath(), turnsWrite, async (c) => {
    const store = storeOf(parts);
    const { tenant } = c.var.apiKey;
    const named = openFile(sessionSecret, tenant, c.req.param('fileId'));
    if (named === null) throw new Problem('file-not-found', 'No file of this tenant has this id.');
    if (named.right === 'cited') {
      throw notDownloadable('It was only cited. A cited source cannot be downloaded.');
    }
    const file = await open(store, named.fileId, c.req.raw.signal);
    if (file === null) throw new Problem('file-not-found', 'The provider does not have this file any more.');
    log('file.downloaded', { requestId: c.var.requestId, tenant, fileId: named.fileId });
    return c.body(file.content, 200, {
      // Whatever it is: a browser saves it and never runs it.
      'content-type': 'application/octet-stream',
      'content-disposition': attachmentNamed(file.filename),
      'content-security-policy': "default-src 'none'; sandbox",
      ...(file.bytes !== null && { 'content-length': String(file.bytes) }),
    });
  });

  return app;
}

/** @throws Problem naming what the gateway lacks. */
function storeOf({ files }: GatewayParts): FileStore {
  if (files !== null) return files;
  throw new Problem(
    'files-not-configured',
    'This gateway cannot handle files: set OPENAI_API_KEY (and OPENAI_BASE_URL, unless the provider is OpenAI itself) to the same values as the workers, and COUNTERSIGN_SESSION_SECRET, then restart it.',
  );
}

async function open(store: FileStore, fileId: string, signal: AbortSignal): ReturnType<FileStore['open']> {
  try {
    return await store.open(fileId, signal);
  } catch (error) {
    const type = error instanceof ApplicationFailure ? error.type : null;
    if (type !== 'Provider.BadRequest' && type !== 'Provider.Forbidden') throw error;
    throw notDownloadable(
      'The provider does not return it. OpenAI returns files that assistants created, not uploads.',
    );
  }
}

function notDownloadable(why: string): Problem {
  return new Problem('file-not-downloadable', why);
}

/** RFC 6266: a plain name for old clients, and the true one. */
function attachmentNamed(filename: string): string {
  const name = safeName(filename);
  const plain = name.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
