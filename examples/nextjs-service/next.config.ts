import type { NextConfig } from 'next';

// A lockfile further up, such as that of the clone this folder lies in, must not make that the root.
const config: NextConfig = { turbopack: { root: import.meta.dirname } };

export default config;
