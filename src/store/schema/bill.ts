/** What is really paid: prices that somebody stated, and lines of the bill, summed. */
export const BILL_TABLES = `
-- Prices of a price sheet: USD per hour of an instance, or per GiB and month of a volume.
CREATE TABLE sheet_price (
  file TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('instance', 'volume')),
  region TEXT NOT NULL,
  name TEXT NOT NULL,
  -- on-demand or spot; empty for volumes
  lifecycle TEXT NOT NULL,
  product TEXT NOT NULL,
  usd REAL NOT NULL,
  as_of_ms INTEGER NOT NULL,
  PRIMARY KEY (kind, region, name, lifecycle, product)
) STRICT, WITHOUT ROWID;

-- Files of the bill that were read, by their version, so that one that did not change is not read again.
CREATE TABLE bill_file (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  version TEXT NOT NULL
) STRICT;

-- Hours of instances: what was effectively paid (discounts and commitments amortised) and what the list asked.
CREATE TABLE bill_hour_sum (
  file_id INTEGER NOT NULL REFERENCES bill_file (id) ON DELETE CASCADE,
  day_ms INTEGER NOT NULL,
  region TEXT NOT NULL,
  instance_type TEXT NOT NULL,
  lifecycle TEXT NOT NULL CHECK (lifecycle IN ('on-demand', 'spot')),
  -- instance id; empty where the bill has no resources
  resource TEXT NOT NULL,
  hours REAL NOT NULL,
  usd REAL NOT NULL,
  PRIMARY KEY (file_id, day_ms, region, instance_type, lifecycle, resource)
) STRICT, WITHOUT ROWID;
`;
