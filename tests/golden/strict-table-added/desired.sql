CREATE TABLE sensors (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);

-- What a sensor said, and when. Never changed once it is written.
CREATE TABLE readings (
  id INTEGER PRIMARY KEY,
  sensor_id INTEGER NOT NULL REFERENCES sensors (id),
  taken_at TEXT NOT NULL CHECK (taken_at GLOB '????-??-??T??:??:??Z'),
  value REAL NOT NULL,
  unit TEXT NOT NULL DEFAULT 'degC', /* UCUM */
  UNIQUE (sensor_id, taken_at)
) STRICT;

CREATE INDEX idx_readings_taken_at ON readings (taken_at DESC);
