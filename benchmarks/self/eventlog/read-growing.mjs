// Reads what is new in a log that grows, as `sparkfit collect` does, and stores its rows. Usage: read-growing.mjs LOG STORE
import { readGrowingLog } from '../../../dist/collectors/spark/read.js';
import { openStore } from '../../../dist/store/open.js';
import { growingLog, keepGrowingLog } from '../../../dist/store/spark-growing.js';
import { continueSparkLog, writeSparkLog } from '../../../dist/store/spark-write.js';
import { report } from './usage.mjs';

const [, , path, file] = process.argv;
const store = openStore(file);
const { db } = store;
const before = growingLog(db, 'benchmark', path);
const { log, continued, state } = await readGrowingLog(path, { state: before?.state });
db.transaction(() => {
  const { application } = continued
    ? continueSparkLog(db, before.application, log)
    : writeSparkLog(db, 'benchmark', log);
  keepGrowingLog(db, application, path, state);
})();
const facts = db
  .prepare('SELECT sum(succeeded_tasks) AS tasks, sum(sums_json ->> ?) AS runMs FROM spark_stage')
  .get('runMs');
store.close();
report({ lines: log.application.log.lines, stateBytes: state?.length ?? 0, ...facts });
