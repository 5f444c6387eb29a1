-- Members must be found by any part of their names, without accents, in spaces of any size: their names as they are looked
-- up, and an index of the pieces of these names. What is there already is added in later turns.
CREATE TABLE `member_names` (
	`n` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`space_id` text NOT NULL,
	`user_id` text NOT NULL,
	`names` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `member_names_member` ON `member_names` (`space_id`,`user_id`);--> statement-breakpoint
-- Each word begins with its space; a word is one piece of a name.
CREATE VIRTUAL TABLE `member_search` USING fts5(
	words, content='', contentless_delete=1, detail=none, tokenize="ascii tokenchars '_'"
);
--> statement-breakpoint
INSERT INTO `clearings` (`kind`, `target_id`)
	SELECT value, '' FROM json_each('["unfolded", "unindexed"]') WHERE EXISTS (SELECT 1 FROM `users`);
