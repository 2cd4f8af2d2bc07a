// Writes docs/report.schema.json from the zod schema of the report. Run it as `npm run docs:schema`: it needs the build.
import { writeFileSync } from 'node:fs';
import { reportSchemaText } from '../dist/reports/schema.js';

writeFileSync(new URL('../docs/report.schema.json', import.meta.url), reportSchemaText());
