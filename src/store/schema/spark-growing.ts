/** Logs of applications that had not ended when they were read. */
export const SPARK_GROWING_TABLES = `
CREATE TABLE spark_growing_log (
  -- goes with the rows that it belongs to: without them the log is read from its start
  application INTEGER PRIMARY KEY REFERENCES spark_application (id) ON DELETE CASCADE,
  -- of the log, without .inprogress
  path TEXT NOT NULL,
  -- what the next reading needs to go on (src/collectors/spark/resume.ts)
  state BLOB NOT NULL
) STRICT;
CREATE INDEX spark_growing_log_path ON spark_growing_log (path);
`;
