-- A database of :rows rows, 270 bytes each with its part of the index. The same bytes of contents every time.
PRAGMA page_size = 4096;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, kind INTEGER, body TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)
	INSERT INTO item SELECT i, printf('name-%07d', i * 7919 % 1000003), i % 97,
		printf('%d %d %x ', i * 2654435761 % 4294967291, i * i, i * 40503) || substr('all that glitters is not gold, often have you heard that told; many a man his life hath sold but my outside to behold: gilded tombs do worms enfold; had you been as wise as bold, young in limbs, in judgment old', 1 + i % 30, 160) FROM n;
CREATE INDEX by_name ON item (name);
