import { InvalidArgumentError } from 'commander';

/** The value of an option that takes seconds to wait, a day at most. */
export function toSeconds(text: string): number {
  const seconds = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && seconds <= 86_400) return seconds;
  throw new InvalidArgumentError('Use a number of seconds from 0 to 86400.');
}

/** The value of an option that takes a whole number. */
export function wholeNumber(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= minimum && number <= maximum) return number;
    throw new InvalidArgumentError(`Use a whole number from ${minimum} to ${maximum}.`);
  };
}

/** The value of an option that takes a port. */
export const toPort = wholeNumber(0, 65_535);
