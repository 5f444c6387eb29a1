CREATE TABLE `hidden_authors` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`author_id` text NOT NULL,
	`space_id` text NOT NULL,
	`from_n` integer NOT NULL,
	`until_n` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `hidden_authors_space` ON `hidden_authors` (`space_id`,`author_id`,`from_n`,`until_n`);--> statement-breakpoint
CREATE TABLE `hidden_reactions` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`message_id` text NOT NULL,
	`emoji` text NOT NULL,
	`until_n` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `hidden_reactions_message` ON `hidden_reactions` (`message_id`);--> statement-breakpoint
CREATE TABLE `hidden_reactors` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user_id` text NOT NULL,
	`space_id` text NOT NULL,
	`from_n` integer DEFAULT 0 NOT NULL,
	`until_n` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `hidden_reactors_user` ON `hidden_reactors` (`user_id`);--> statement-breakpoint
CREATE TABLE `hidden_threads` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`thread_id` text NOT NULL,
	`channel_id` text NOT NULL
) STRICT;
--> statement-breakpoint
-- What is being cleared stays hidden: the lists take over what stood among the other work.
INSERT INTO hidden_authors (author_id, space_id, from_n, until_n)
SELECT target_id, space_id, cast(from_id AS integer), cast(coalesce(until_id, '9223372036854775807') AS integer)
  FROM clearings WHERE kind = 'author' AND space_id IS NOT NULL AND from_id IS NOT NULL ORDER BY id;
--> statement-breakpoint
INSERT INTO hidden_reactors (user_id, space_id, from_n, until_n)
SELECT target_id, space_id, cast(from_id AS integer), cast(coalesce(until_id, '9223372036854775807') AS integer)
  FROM clearings WHERE kind = 'reactor' AND space_id IS NOT NULL AND from_id IS NOT NULL ORDER BY id;
--> statement-breakpoint
INSERT INTO hidden_reactions (message_id, emoji, until_n)
SELECT iif(kind = 'emoji', substr(target_id, 1, instr(target_id, '/') - 1), target_id),
       iif(kind = 'emoji', substr(target_id, instr(target_id, '/') + 1), ''),
       cast(coalesce(until_id, '9223372036854775807') AS integer)
  FROM clearings WHERE kind IN ('reactions', 'emoji') ORDER BY id;
--> statement-breakpoint
INSERT INTO hidden_threads (thread_id, channel_id)
SELECT target_id, channel_id FROM clearings WHERE kind = 'thread' AND channel_id IS NOT NULL ORDER BY id;
--> statement-breakpoint
DELETE FROM clearings WHERE kind IN ('author', 'reactor', 'reactions', 'emoji', 'thread');
--> statement-breakpoint
ALTER TABLE `clearings` DROP COLUMN `space_id`;--> statement-breakpoint
ALTER TABLE `clearings` DROP COLUMN `from_id`;--> statement-breakpoint
ALTER TABLE `clearings` DROP COLUMN `until_id`;