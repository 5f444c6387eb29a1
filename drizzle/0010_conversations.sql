-- Conversations, friends and blocks, what each account has read and muted, and flags that authors give messages.
CREATE TABLE `conversation_people` (
	`channel_id` text NOT NULL,
	`user_id` text NOT NULL,
	`joined_at` integer NOT NULL,
	`closed` integer DEFAULT false NOT NULL,
	`left_at` integer,
	PRIMARY KEY(`channel_id`, `user_id`),
	FOREIGN KEY (`channel_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `conversation_people_user` ON `conversation_people` (`user_id`);--> statement-breakpoint
CREATE INDEX `conversation_people_open` ON `conversation_people` (`user_id`) WHERE left_at is null and closed = 0;--> statement-breakpoint
CREATE TABLE `dm_pairs` (
	`low_id` text NOT NULL,
	`high_id` text NOT NULL,
	`channel_id` text NOT NULL,
	PRIMARY KEY(`low_id`, `high_id`),
	FOREIGN KEY (`channel_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `dm_pairs_channel` ON `dm_pairs` (`channel_id`);--> statement-breakpoint
CREATE INDEX `dm_pairs_high` ON `dm_pairs` (`high_id`);--> statement-breakpoint
CREATE TABLE `encryption_keys` (
	`user_id` text PRIMARY KEY NOT NULL,
	`exchange_key` text NOT NULL,
	`signing_key` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE TABLE `relationships` (
	`user_id` text NOT NULL,
	`target_id` text NOT NULL,
	`type` integer NOT NULL,
	`since` integer NOT NULL,
	PRIMARY KEY(`user_id`, `target_id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`target_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `relationships_newest` ON `relationships` (`user_id`,`since`,`target_id`);--> statement-breakpoint
CREATE INDEX `relationships_target` ON `relationships` (`target_id`,`type`);--> statement-breakpoint
CREATE TABLE `channel_mutes` (
	`user_id` text NOT NULL,
	`channel_id` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `channel_id`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `channel_mutes_oldest` ON `channel_mutes` (`user_id`,`created_at`,`channel_id`);--> statement-breakpoint
CREATE INDEX `channel_mutes_channel` ON `channel_mutes` (`channel_id`);--> statement-breakpoint
CREATE TABLE `message_mentions` (
	`user_id` text NOT NULL,
	`channel_id` text NOT NULL,
	`thread_id` text DEFAULT '' NOT NULL,
	`n` integer NOT NULL,
	PRIMARY KEY(`user_id`, `channel_id`, `n`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `message_mentions_message` ON `message_mentions` (`n`);--> statement-breakpoint
CREATE INDEX `message_mentions_channel` ON `message_mentions` (`channel_id`);--> statement-breakpoint
CREATE TABLE `read_states` (
	`user_id` text NOT NULL,
	`channel_id` text NOT NULL,
	`thread_id` text DEFAULT '' NOT NULL,
	`read_n` integer NOT NULL,
	`read_id` text GENERATED ALWAYS AS (cast(read_n as text)) VIRTUAL,
	PRIMARY KEY(`user_id`, `channel_id`, `thread_id`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `read_states_channel` ON `read_states` (`channel_id`);--> statement-breakpoint
ALTER TABLE `messages` ADD `flags` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `messages_broad` ON `messages` (`channel_id`) WHERE mention_everyone = 1 or mention_roles is not null;--> statement-breakpoint
ALTER TABLE `users` ADD `dm_policy` text DEFAULT 'everyone' NOT NULL;