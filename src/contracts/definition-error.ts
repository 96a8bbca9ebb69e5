/** A declaration that cannot work; the message names what is wrong and what is allowed. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError';
}
