/**
 * What keeps the store from answering:
 *
 *   unreachable  nothing answers at its address, or the connection broke
 *   refused      the database does not let us in
 *   locked       another process holds it for longer than we wait
 *   read-only    it may be read only
 *   full         no room is left
 *   damaged      the file is not what a database wrote
 */
export type StoreTrouble = 'unreachable' | 'refused' | 'locked' | 'read-only' | 'full' | 'damaged';

/**
 * The store cannot be used now. Nothing was written. Whoever serves people answers 503; an effect waits. `message` says what was
 * found and what to do, and holds no password.
 */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
  readonly trouble: StoreTrouble;

  constructor(trouble: StoreTrouble, message: string, options?: ErrorOptions) {
    super(message, options);
    this.trouble = trouble;
  }
}

/** The database is not one this program can work with: a newer Countersign made it, or another program. Trying again helps nobody. */
export class StoreSchemaError extends Error {
  override readonly name = 'StoreSchemaError';
}

/** A checkpoint and the record do not belong together: two databases were mixed up, or a part of one was lost. */
export class RecordMismatchError extends Error {
  override readonly name = 'RecordMismatchError';
}

/** A value that the caller may not pass; `field` names it, `message` says what is allowed. */
export class StoreInputError extends Error {
  override readonly name = 'StoreInputError';
  readonly field: string;

  constructor(field: string, message: string) {
    super(`${field} ${message}`);
    this.field = field;
  }
}
