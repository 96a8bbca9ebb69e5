import { readFileSync } from 'node:fs';

import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import { parse } from 'yaml';

export interface Schema {
  required?: string[];
  properties: Record<string, { nullable?: boolean }>;
}

/**
 * OpenAI's own description of one of its APIs.
 *
 * @param file - a name under test/openapi of the package, without its ending.
 * @param correct - changes the description where recordings contradict it.
 * @returns what holds a body against one of its schemas.
 */
export function openDescription(
  file: string,
  correct: (schemas: Record<string, Schema>) => void,
): (name: string, body: unknown) => void {
  const source = readFileSync(new URL(`../openapi/${file}.yaml`, import.meta.url), 'utf8');
  const description = parse(source) as { components: { schemas: Record<string, Schema> } };
  correct(description.components.schemas);
  // `discriminator` and unknown formats are OpenAPI's, not JSON Schema's.
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(withNull(description) as object, 'spec');

  return (name, body) => {
    const validate = ajv.getSchema(`spec#/components/schemas/${name}`);
    if (validate === undefined) throw new Error(`The description has no ${name}.`);
    expect(validate(body), `${name}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(body)}`).toBe(true);
  };
}

/** `nullable: true` is from OpenAPI 3.0; a 3.1 validator ignores it and would refuse nearly every real answer. */
function withNull(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withNull);
  if (typeof node !== 'object' || node === null) return node;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, withNull(value)]),
  );
  const isNullable =
    nullable === true || (Array.isArray(rest.allOf) && 'allOf' in node && hasNullable(node.allOf));
  return isNullable ? { anyOf: [rest, { type: 'null' }] } : rest;
}

function hasNullable(parts: unknown): boolean {
  return Array.isArray(parts) && parts.some((part: { nullable?: unknown }) => part.nullable === true);
}
