import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';

/** Reads types and comments out of our sources, for tables. */

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Source {
  file: ts.SourceFile;
  checker: ts.TypeChecker;
}

/** One file with everything it imports. */
export function readSource(path: string): Source {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (name) => ts.sys.readFile(name)) as {
    config: unknown;
  };
  const { options } = ts.parseJsonConfigFileContent(
    config,
    ts.sys,
    root,
    undefined,
    undefined,
    undefined,
    undefined,
  );
  const program = ts.createProgram([join(root, path)], options);
  const file = program.getSourceFile(join(root, path));
  if (file === undefined) throw new Error(`${path} cannot be read.`);
  return { file, checker: program.getTypeChecker() };
}

/** The comment above a declaration, as one text. */
export function commentOf(node: ts.Node): string {
  const [comment] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  return (ts.getTextOfJSDocComment(comment?.comment) ?? '').replaceAll(/\s+/g, ' ').trim();
}

/** A row for each field of an object type: its path, its type, whether it is required, its comment. */
export function typeRows(
  { file, checker }: Source,
  type: ts.Type,
  before = '',
): [string, string, boolean, string][] {
  return type.getProperties().flatMap((property) => {
    const of = checker.getNonNullableType(checker.getTypeOfSymbolAtLocation(property, file));
    const path = before + property.name;
    const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0;
    const comment = ts
      .displayPartsToString(property.getDocumentationComment(checker))
      .replaceAll(/\s+/g, ' ');
    const inner = isShape(checker, of) ? typeRows({ file, checker }, of, `${path}.`) : [];
    return [[path, nameOf(checker, of), !isOptional, comment] as [string, string, boolean, string], ...inner];
  });
}

/** An object with a handful of fields of its own: no list, no map, no function. */
function isShape(checker: ts.TypeChecker, type: ts.Type): boolean {
  const isObject = (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) !== 0;
  const fields = type.getProperties().length;
  if (!isObject || fields === 0 || fields > 12 || checker.isArrayLikeType(type)) return false;
  return type.getCallSignatures().length === 0;
}

function nameOf(checker: ts.TypeChecker, type: ts.Type): string {
  if (isShape(checker, type)) return 'object';
  if (type.isUnion() && type.types.every((one) => one.isStringLiteral()))
    return type.types.map((one) => `\`${one.value}\``).join(', ');
  if (checker.isArrayType(type)) {
    const [item] = checker.getTypeArguments(type as ts.TypeReference);
    return item === undefined ? 'list' : `list of ${nameOf(checker, item)}`;
  }
  if ((type.flags & ts.TypeFlags.Object) !== 0) return 'object';
  return checker.typeToString(type);
}
