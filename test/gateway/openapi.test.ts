import { readFileSync } from 'node:fs';

import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';

import { createTestGateway, REQUEST_ID } from './support.ts';

interface Operation {
  operationId?: string;
  summary?: string;
  security?: Record<string, string[]>[];
  parameters?: { name: string; in: string; required?: boolean }[];
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: object }> }>;
  requestBody?: { content: Record<string, { schema: object }> };
}
interface Document {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; securitySchemes: Record<string, unknown> };
}

const gateway = createTestGateway();
const read = async () =>
  (await (await gateway.ask('GET', '/openapi.json', { key: null })).json()) as Document;
const operations = (document: Document) =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

describe('/openapi.json', () => {
  it('has the version of the package', async () => {
    const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
    expect((await read()).info.version).toBe((JSON.parse(text) as { version: string }).version);
  });

  it('is an OpenAPI 3.1 document that lists every route but the pages', async () => {
    const document = await read();
    expect(document.openapi).toBe('3.1.0');
    const served = gateway.app.routes
      .filter(({ method, path }) => method !== 'ALL' && path !== '/' && !path.startsWith('/inbox'))
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
    const listed = operations(document).map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    expect(listed.sort()).toEqual([...new Set(served)].sort());
    expect(listed).toContain('POST /v1/webhooks/{source}');
  });

  it('gives every operation an id, its parameters, its credential and its problems', async () => {
    const document = await read();
    const all = operations(document);
    const ids = all.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(all.length);
    for (const { path, operation } of all) {
      expect(operation.summary, path).toBeTruthy();
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = operation.parameters?.filter((parameter) => parameter.in === 'path') ?? [];
      expect(
        declared.map(({ name }) => name),
        path,
      ).toEqual(inPath);
      expect(
        declared.every(({ required }) => required === true),
        path,
      ).toBe(true);
      if (path.startsWith('/v1/')) {
        const [scheme] = Object.keys(operation.security?.[0] ?? {});
        expect(Object.keys(document.components.securitySchemes)).toContain(scheme);
        expect(operation.responses?.['401']?.content).toHaveProperty(['application/problem+json']);
      }
      for (const response of Object.values(operation.responses ?? {}))
        expect(response.description).toBeTruthy();
    }
  });

  it('has schemas a validator takes, and every reference leads somewhere', async () => {
    const document = await read();
    const ajv = new Ajv2020({ strict: false, formats: { 'date-time': true } });
    ajv.addSchema({ $id: 'api', ...document });
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#([^"]+)"/g)].map(
      ([, pointer]) => pointer!,
    );
    expect(references.length).toBeGreaterThan(10);
    for (const pointer of new Set(references)) {
      expect(ajv.getSchema(`api#${pointer}`), pointer).toBeTypeOf('function');
    }
    for (const { operation } of operations(document)) {
      for (const { schema } of Object.values(operation.requestBody?.content ?? {})) {
        expect(() => new Ajv2020({ strict: false }).compile(schema)).not.toThrow();
      }
    }
  });

  it('describes the answers as they are', async () => {
    const document = await read();
    const ajv = new Ajv2020({ strict: false, formats: { 'date-time': true } });
    ajv.addSchema({ $id: 'api', ...document });
    const fits = (name: string, value: unknown) => ajv.validate(`api#/components/schemas/${name}`, value);
    expect(fits('ApprovalPage', await (await gateway.ask('GET', '/v1/approvals')).json())).toBe(true);
    await gateway.ask('POST', '/decisions', { json: { action: 'Send it' } });
    const request: unknown = await (await gateway.ask('GET', `/decisions/${REQUEST_ID}`)).json();
    expect(request).toMatchObject({ id: REQUEST_ID });
    expect(fits('Request', request)).toBe(true);
    expect(fits('Problem', await (await gateway.ask('GET', '/nowhere')).json())).toBe(true);
    expect(fits('ApprovalPage', { approvals: [{}] })).toBe(false);
  });
});
