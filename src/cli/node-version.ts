/** The oldest Node that runs TypeScript files as they are: `engines` of package.json. Imports nothing, so that any Node can load it. */
const OLDEST: readonly [major: number, minor: number] = [22, 18];

export function isNodeTooOld(version: string = process.versions.node): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

/** What was found, what is needed, the remedy; one line. */
export function tooOldNode(version: string = process.versions.node): string {
  return `countersign needs Node.js ${OLDEST.join('.')} or later, and this is ${version} (${process.execPath}). Install Node.js 24, for example with "nvm install 24" or from https://nodejs.org/en/download.`;
}
