-- A message that is sent again must be known by its nonce, messages mention roles, and no account may fill the event log
-- alone: which message has which nonce, whose share an event takes, how large the shares are, and what was taken out.
CREATE TABLE `event_gaps` (
	`scope` text NOT NULL,
	`intent` integer NOT NULL,
	`seq` integer NOT NULL,
	PRIMARY KEY(`scope`, `intent`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `event_gaps_seq` ON `event_gaps` (`seq`);--> statement-breakpoint
CREATE TABLE `event_shares` (
	`account_id` text PRIMARY KEY NOT NULL,
	`size_bytes` integer NOT NULL
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `event_shares_size` ON `event_shares` (`size_bytes`);--> statement-breakpoint
CREATE TABLE `message_nonces` (
	`author_id` text NOT NULL,
	`channel_id` text NOT NULL,
	`nonce` text NOT NULL,
	`message_id` text NOT NULL,
	`sent_at` integer NOT NULL,
	PRIMARY KEY(`channel_id`, `author_id`, `nonce`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `message_nonces_sent` ON `message_nonces` (`sent_at`);--> statement-breakpoint
ALTER TABLE `events` ADD `account_id` text;--> statement-breakpoint
ALTER TABLE `events` ADD `newest_of` text;--> statement-breakpoint
CREATE INDEX `events_account` ON `events` (`account_id`) WHERE account_id is not null;--> statement-breakpoint
CREATE INDEX `events_newest` ON `events` (`newest_of`) WHERE newest_of is not null;--> statement-breakpoint
ALTER TABLE `messages` ADD `mention_roles` text;--> statement-breakpoint
-- More letters are found without their marks now. The texts are not in the index of messages, so it is made anew by the
-- server while it runs; names are looked through in later turns.
INSERT INTO `message_search` (`message_search`) VALUES ('delete-all');
--> statement-breakpoint
INSERT INTO `clearings` (`kind`, `target_id`)
	SELECT value, '' FROM json_each('["unfolded", "unindexed"]') WHERE EXISTS (SELECT 1 FROM `users`);
