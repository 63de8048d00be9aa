-- The security master of an invented house: one row per security and line of business.
CREATE TABLE securities (
  isin   TEXT,
  ticker TEXT,
  segment TEXT NOT NULL,
  share  REAL NOT NULL,
  beta   REAL,
  source TEXT NOT NULL,
  as_of  TEXT NOT NULL
);
INSERT INTO securities VALUES
  -- A private placement and a bespoke basket that no list of companies knows.
  (NULL, 'HOUSE-DC1', 'DC_REIT_COLO', 0.6, 1.10, 'prospectus, p. 14', '2025-01-10'),
  (NULL, 'HOUSE-DC1', 'COOL_ELEC',    0.4, 1.10, 'prospectus, p. 14', '2025-01-10'),
  (NULL, 'HOUSE-AI2', 'AI_ACCEL',     0.5, NULL, 'term sheet of the basket', '2025-01-20'),
  (NULL, 'HOUSE-AI2', 'MEMORY',       0.5, NULL, 'term sheet of the basket', '2025-01-20'),
  -- The house's analysts see this company otherwise than the curated map does.
  ('US5949181045', 'MSFT', 'HYPERSCALER', 0.7, NULL, 'equity research', '2025-01-15'),
  ('US5949181045', 'MSFT', 'APP_SW',      0.3, NULL, 'equity research', '2025-01-15');
