/** Machines outside of clusters: how EC2 calls them, and what node-exporters say of them by day. */
export const MACHINE_TABLES = `
CREATE TABLE instance_address (
  region TEXT NOT NULL,
  id TEXT NOT NULL,
  -- private IP or private DNS name
  address TEXT NOT NULL,
  PRIMARY KEY (address, region, id)
) STRICT, WITHOUT ROWID;

-- One UTC day of a machine by its address (host of the exporter, or the name that it gives itself).
CREATE TABLE machine_day (
  address TEXT NOT NULL,
  day_ms INTEGER NOT NULL,
  -- mean share of all cores that were not idle, 0 to 1
  cpu_share REAL NOT NULL,
  network_bytes REAL NOT NULL,
  samples INTEGER NOT NULL,
  PRIMARY KEY (address, day_ms)
) STRICT, WITHOUT ROWID;
`;
