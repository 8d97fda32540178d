-- Indexes for lists that the plans on a large company's data asked for.

-- Partners' bookings among very many of our own.
CREATE INDEX trip_provider_pickup_time_idx ON trip (provider, pickup_time DESC, id DESC) WHERE provider <> 'INTERNAL';
-- What is not over, whatever its fleet: the dashboard's figures and its queues.
CREATE INDEX trip_open_pickup_time_idx ON trip (pickup_time DESC, id DESC)
    WHERE status IN ('CREATED', 'DRIVER_ASSIGNED', 'STARTED', 'ARRIVED', 'ONBOARDED');
-- A vehicle's trips.
CREATE INDEX trip_vehicle_pickup_time_idx ON trip (vehicle_id, pickup_time DESC, id DESC);
-- What drivers are promised to, for dispatch, however long their history.
CREATE INDEX trip_promised_driver_idx ON trip (driver_id)
    WHERE status IN ('DRIVER_ASSIGNED', 'STARTED', 'ARRIVED', 'ONBOARDED');
