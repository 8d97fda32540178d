-- The picture of a fleet's PAN card, which the form for new fleets asks for.

ALTER TABLE fleet ADD COLUMN pan_image text;
