/** What instances cost under a commitment: for comparison, no lookup of a price paid uses it. */
export const COMMITMENT_TABLES = `
CREATE TABLE reserved_price (
  region TEXT NOT NULL,
  instance_type TEXT NOT NULL,
  product TEXT NOT NULL,
  years INTEGER NOT NULL,
  -- 'standard', 'convertible'
  offering_class TEXT NOT NULL,
  -- 'No Upfront', 'Partial Upfront', 'All Upfront'
  payment TEXT NOT NULL,
  -- with what is paid up front spread over the term
  usd_per_hour REAL NOT NULL,
  upfront_usd REAL NOT NULL,
  source TEXT NOT NULL,
  as_of_ms INTEGER NOT NULL,
  PRIMARY KEY (region, instance_type, product, years, offering_class, payment)
) STRICT, WITHOUT ROWID;
`;
