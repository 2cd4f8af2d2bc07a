// Writes docs/configuration.md from the configuration's schema. Run it as `npm run docs:config`: it needs the build.
import { writeFileSync } from 'node:fs';
import { configurationPage } from '../dist/config/page.js';

writeFileSync(new URL('../docs/configuration.md', import.meta.url), configurationPage());
