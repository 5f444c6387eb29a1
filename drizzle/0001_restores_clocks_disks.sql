-- A restored copy must be told from what it replaces, and times must be true: which database this is, where its event
-- numbers began, whom frames are owed to, and when something was written although its id says another time.
CREATE TABLE `this_database` (
	`id` integer PRIMARY KEY NOT NULL,
	`uuid` text NOT NULL,
	`checkpoints` integer DEFAULT 0 NOT NULL
) STRICT;
--> statement-breakpoint
-- From the first account, if there is one: a copy from before this step, migrated again, is the same database.
INSERT INTO `this_database` (`id`, `uuid`) VALUES (1, coalesce(
	(SELECT printf('%016x%016x', cast(`id` AS integer), `created_at`) FROM `users` ORDER BY length(`id`), `id` LIMIT 1),
	lower(hex(randomblob(16)))));
--> statement-breakpoint
CREATE TABLE `event_starts` (
	`first_seq` integer PRIMARY KEY NOT NULL,
	`last_seq` integer NOT NULL
) STRICT;
--> statement-breakpoint
ALTER TABLE `audit_entries` ADD `made_at` integer;--> statement-breakpoint
ALTER TABLE `gateway_sessions` ADD `owed` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `messages` ADD `sent_at` integer;--> statement-breakpoint
CREATE INDEX `messages_sent` ON `messages` (`sent_at`) WHERE sent_at is not null;
