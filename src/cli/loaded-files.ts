import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * Notes which files are loaded from now on, those of packages left out: what a project consists of beside its application file.
 *
 * @returns a function that ends it, and says which
 */
export function followLoads(): () => string[] {
  const files = new Set<string>();
  const hooks = registerHooks({
    load(url, context, next) {
      if (url.startsWith('file:') && !url.includes('/node_modules/')) files.add(fileURLToPath(url));
      return next(url, context);
    },
  });
  return () => {
    hooks.deregister();
    return [...files];
  };
}
