/** Something is not what the format allows. The message names the field, and what is allowed there. It never repeats a value. */
export class FormatError extends Error {
  override name = 'FormatError';
  /** Where it stands, as a path such as `entry.person.id`. */
  readonly field: string;

  constructor(field: string, allowed: string) {
    super(`${field} ${allowed}.`);
    this.field = field;
  }
}
