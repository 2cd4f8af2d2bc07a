/** What AWS says: instances, volumes, prices. Prices are USD per hour (per GiB and month for volumes) with full precision. */
export const AWS_TABLES = `
CREATE TABLE ec2_instance (
  region TEXT NOT NULL,
  id TEXT NOT NULL,
  instance_type TEXT NOT NULL,
  zone TEXT,
  lifecycle TEXT NOT NULL CHECK (lifecycle IN ('on-demand', 'spot')),
  state TEXT NOT NULL,
  launched_ms INTEGER,
  -- JSON object of tags
  tags TEXT NOT NULL DEFAULT '{}',
  -- JSON list of attached volume ids
  volumes TEXT NOT NULL DEFAULT '[]',
  -- since when it has been in its state, as far as was seen; equal to first_seen_ms: at least since then
  state_since_ms INTEGER NOT NULL,
  first_seen_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL,
  PRIMARY KEY (region, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE ebs_volume (
  region TEXT NOT NULL,
  id TEXT NOT NULL,
  volume_type TEXT NOT NULL,
  size_gib REAL NOT NULL,
  zone TEXT,
  state TEXT NOT NULL,
  attached_to TEXT,
  encrypted INTEGER,
  created_ms INTEGER,
  tags TEXT NOT NULL DEFAULT '{}',
  -- as for instances
  state_since_ms INTEGER NOT NULL,
  first_seen_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL,
  PRIMARY KEY (region, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE instance_type (
  name TEXT PRIMARY KEY,
  vcpu INTEGER NOT NULL,
  memory_bytes INTEGER NOT NULL,
  architecture TEXT,
  gpu_count INTEGER NOT NULL DEFAULT 0,
  gpu_name TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE on_demand_price (
  region TEXT NOT NULL,
  instance_type TEXT NOT NULL,
  product TEXT NOT NULL,
  usd_per_hour REAL NOT NULL,
  -- where it came from and of which day: 'AWS Price List API'
  source TEXT NOT NULL,
  as_of_ms INTEGER NOT NULL,
  PRIMARY KEY (region, instance_type, product)
) STRICT, WITHOUT ROWID;

CREATE TABLE volume_price (
  region TEXT NOT NULL,
  volume_type TEXT NOT NULL,
  usd_per_gib_month REAL NOT NULL,
  source TEXT NOT NULL,
  as_of_ms INTEGER NOT NULL,
  PRIMARY KEY (region, volume_type)
) STRICT, WITHOUT ROWID;

CREATE TABLE spot_series (
  id INTEGER PRIMARY KEY,
  region TEXT NOT NULL,
  zone TEXT NOT NULL,
  zone_id TEXT,
  instance_type TEXT NOT NULL,
  product TEXT NOT NULL,
  UNIQUE (region, zone, instance_type, product)
) STRICT;

-- A right-open step function per series: the price holds from at_ms until the next record.
CREATE TABLE spot_price (
  series_id INTEGER NOT NULL REFERENCES spot_series (id) ON DELETE CASCADE,
  at_ms INTEGER NOT NULL,
  usd_per_hour REAL NOT NULL,
  PRIMARY KEY (series_id, at_ms)
) STRICT, WITHOUT ROWID;
`;
