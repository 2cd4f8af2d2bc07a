/** What of spot capacity is visible: where types are offered, what was asked for, what was taken back. */
export const SPOT_MARKET_TABLES = `
-- Zones by the name that they have in the account that was asked.
CREATE TABLE zone_offering (
  region TEXT NOT NULL,
  zone TEXT NOT NULL,
  instance_type TEXT NOT NULL,
  last_seen_ms INTEGER NOT NULL,
  PRIMARY KEY (region, zone, instance_type)
) STRICT, WITHOUT ROWID;

CREATE TABLE spot_request (
  region TEXT NOT NULL,
  id TEXT NOT NULL,
  instance_type TEXT NOT NULL,
  -- null: any zone, as long as nothing was launched
  zone TEXT,
  instance_id TEXT,
  state TEXT NOT NULL,
  status_code TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  status_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL,
  PRIMARY KEY (region, id)
) STRICT, WITHOUT ROWID;

-- Spot machines that AWS took back, each once, whoever said so first.
CREATE TABLE spot_interruption (
  region TEXT NOT NULL,
  -- instance id; name of the node where that is not known
  machine TEXT NOT NULL,
  instance_type TEXT NOT NULL,
  zone TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  -- status code of the request, reason of the instance, taint of the node
  reason TEXT NOT NULL,
  PRIMARY KEY (region, machine)
) STRICT, WITHOUT ROWID;
`;
