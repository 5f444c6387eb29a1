-- Authors who delete the first message of a thread take their own answers along: a work list of those that are hidden already
-- and go in later turns.
CREATE TABLE `hidden_answers` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`thread_id` text NOT NULL,
	`author_id` text NOT NULL,
	`channel_id` text NOT NULL,
	`from_n` integer NOT NULL,
	`until_n` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `hidden_answers_thread` ON `hidden_answers` (`thread_id`,`author_id`,`until_n`);