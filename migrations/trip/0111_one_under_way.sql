-- A driver is on the way with one trip at a time, whoever writes and however many at once.
CREATE UNIQUE INDEX trip_driver_under_way_key ON trip (driver_id) WHERE status IN ('STARTED', 'ARRIVED', 'ONBOARDED');
