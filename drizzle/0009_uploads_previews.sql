-- What one account uploads in a day is bounded, the address of the server is kept from run to run, and pictures of previews have
-- addresses that nobody can make up.
CREATE TABLE `uploads` (
	`account_id` text NOT NULL,
	`slot` integer NOT NULL,
	`bytes` integer NOT NULL,
	PRIMARY KEY(`account_id`, `slot`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `uploads_slot` ON `uploads` (`slot`);--> statement-breakpoint
ALTER TABLE `instance` ADD `max_upload_per_day` integer;--> statement-breakpoint
ALTER TABLE `instance` ADD `learned_address` text;--> statement-breakpoint
ALTER TABLE `instance` ADD `preview_key` text;
