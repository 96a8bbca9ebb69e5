/** The oldest Node that runs TypeScript files as they are: `engines` of package.json. Imports nothing, so that any Node can load it. */
const OLDEST = '22.18';

/** What was found, what is needed, the remedy, in one line; null where this Node will do. */
export function complaintAboutNode(found: string = process.versions.node): string | null {
  const [major = 0, minor = 0] = found.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST.split('.').map(Number);
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return null;
  return `receipts needs Node.js ${OLDEST} or later, and this is ${found}. Install Node.js 24, for example with "nvm install 24" or from https://nodejs.org/en/download.`;
}
