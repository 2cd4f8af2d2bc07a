// Reads one log as `sparkfit collect` does and stores all its rows in a new store. Usage: read-log.mjs LOG
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEventLog } from '../../../dist/collectors/spark/read.js';
import { openStore } from '../../../dist/store/open.js';
import { writeSparkLog } from '../../../dist/store/spark-write.js';
import { report } from './usage.mjs';

const folder = mkdtempSync(join(tmpdir(), 'sparkfit-benchmark-'));
try {
  const log = await readEventLog(process.argv[2]);
  const store = openStore(join(folder, 'store.db'));
  store.db.transaction(() => writeSparkLog(store.db, 'benchmark', log))();
  store.close();
  const total = (count) => log.stages.reduce((sum, stage) => sum + count(stage), 0);
  report({ lines: log.application.log.lines, tasks: total((s) => s.tasks.count), runMs: total((s) => s.sums.runMs) });
} finally {
  rmSync(folder, { recursive: true });
}
