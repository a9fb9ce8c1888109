-- Some harbours, for nearest.c.
CREATE TABLE harbour (name TEXT PRIMARY KEY, latitude REAL, longitude REAL) WITHOUT ROWID;
INSERT INTO harbour VALUES
	('Antwerpen', 51.23, 4.41), ('Bergen', 60.39, 5.32), ('Bremerhaven', 53.54, 8.58), ('Dublin', 53.35, -6.22),
	('Gdańsk', 54.35, 18.65), ('Genova', 44.41, 8.93), ('Göteborg', 57.70, 11.95), ('Hamburg', 53.54, 9.99),
	('Kiel', 54.32, 10.13), ('København', 55.68, 12.60), ('Le Havre', 49.49, 0.11), ('Lisboa', 38.71, -9.14),
	('Lübeck', 53.87, 10.69), ('Marseille', 43.30, 5.37), ('Oslo', 59.91, 10.75), ('Piraeus', 37.94, 23.64),
	('Rotterdam', 51.92, 4.48), ('Stockholm', 59.33, 18.07), ('Valencia', 39.46, -0.33);
