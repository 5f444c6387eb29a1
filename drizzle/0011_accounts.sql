-- Logins, second factors, recovery codes, registrations that wait, what admins did, and what files take.
CREATE TABLE `backup_codes` (
	`user_id` text NOT NULL,
	`hash` text NOT NULL,
	PRIMARY KEY(`user_id`, `hash`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `failed_logins` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user_id` text,
	`address` text NOT NULL,
	`kind` text NOT NULL,
	`at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE INDEX `failed_logins_user` ON `failed_logins` (`user_id`);--> statement-breakpoint
CREATE INDEX `failed_logins_at` ON `failed_logins` (`at`);--> statement-breakpoint
CREATE TABLE `logins` (
	`token_hash` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`address` text NOT NULL,
	`device` text NOT NULL,
	`created_at` integer NOT NULL,
	`last_used_at` integer NOT NULL,
	`is_new` integer DEFAULT false NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE INDEX `logins_user` ON `logins` (`user_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `logins_used` ON `logins` (`last_used_at`,`user_id`);--> statement-breakpoint
CREATE TABLE `recovery_codes` (
	`user_id` text NOT NULL,
	`kind` text NOT NULL,
	`hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	PRIMARY KEY(`user_id`, `kind`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `registration_invites` (
	`code` text PRIMARY KEY NOT NULL,
	`created_by` text,
	`max_uses` integer NOT NULL,
	`uses` integer DEFAULT 0 NOT NULL,
	`max_age` integer NOT NULL,
	`note` text DEFAULT '' NOT NULL,
	`space_id` text,
	`skip_approval` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer
) STRICT;
--> statement-breakpoint
CREATE INDEX `registration_invites_oldest` ON `registration_invites` (`created_at`,`code`);--> statement-breakpoint
CREATE INDEX `registration_invites_expiry` ON `registration_invites` (`expires_at`) WHERE expires_at is not null;--> statement-breakpoint
CREATE TABLE `registrations` (
	`id` text PRIMARY KEY NOT NULL,
	`username` text NOT NULL,
	`display_name` text NOT NULL,
	`password_hash` text NOT NULL,
	`reason` text NOT NULL,
	`address` text NOT NULL,
	`invite_code` text,
	`created_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `registrations_username` ON `registrations` (`username`);--> statement-breakpoint
CREATE TABLE `second_factors` (
	`user_id` text PRIMARY KEY NOT NULL,
	`secret` text NOT NULL,
	`enabled_at` integer,
	`last_step` integer DEFAULT 0 NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE TABLE `storage_sums` (
	`kind` text NOT NULL,
	`id` text NOT NULL,
	`bytes` integer NOT NULL,
	`files` integer NOT NULL,
	PRIMARY KEY(`kind`, `id`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `storage_sums_largest` ON `storage_sums` (`kind`,`bytes`,`id`);--> statement-breakpoint
CREATE TABLE `admin_entries` (
	`n` integer PRIMARY KEY NOT NULL,
	`id` text GENERATED ALWAYS AS (cast(n as text)) VIRTUAL,
	`user_id` text,
	`action_type` text NOT NULL,
	`target_type` text,
	`target_id` text,
	`reason` text,
	`changes` text,
	`made_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `admin_entries_user` ON `admin_entries` (`user_id`);--> statement-breakpoint
CREATE INDEX `admin_entries_action` ON `admin_entries` (`action_type`);--> statement-breakpoint
CREATE TABLE `former_names` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL,
	`user_id` text,
	`since` integer NOT NULL,
	`until` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE INDEX `former_names_name` ON `former_names` (`name`,`until`);--> statement-breakpoint
CREATE INDEX `former_names_user` ON `former_names` (`user_id`,`since`);--> statement-breakpoint
CREATE INDEX `former_names_until` ON `former_names` (`until`);--> statement-breakpoint
CREATE TABLE `hidden_accounts` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user_id` text NOT NULL,
	`until_n` integer NOT NULL,
	`reactions_until_n` integer NOT NULL,
	`done` text DEFAULT '' NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `hidden_accounts_user` ON `hidden_accounts` (`user_id`);--> statement-breakpoint
ALTER TABLE `attachments` ADD `author_id` text;--> statement-breakpoint
ALTER TABLE `attachments` ADD `space_id` text;--> statement-breakpoint
ALTER TABLE `instance` ADD `registration_approval` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `instance` ADD `members_may_invite` integer DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `instance` ADD `login_days` integer DEFAULT 30 NOT NULL;--> statement-breakpoint
ALTER TABLE `users` ADD `deleted_at` integer;--> statement-breakpoint
CREATE INDEX `users_admins` ON `users` (`id`) WHERE is_admin = 1;--> statement-breakpoint
CREATE INDEX `users_deleted` ON `users` (`deleted_at`,`id`) WHERE deleted_at is not null;--> statement-breakpoint
UPDATE attachments SET
  author_id = (SELECT author_id FROM messages WHERE n = cast(attachments.message_id AS integer)),
  space_id = (SELECT space_id FROM messages WHERE n = cast(attachments.message_id AS integer));--> statement-breakpoint
INSERT INTO storage_sums (kind, id, bytes, files)
  SELECT 'account', author_id, sum(size), count(*) FROM attachments WHERE author_id IS NOT NULL GROUP BY author_id;--> statement-breakpoint
INSERT INTO storage_sums (kind, id, bytes, files)
  SELECT 'space', space_id, sum(size), count(*) FROM attachments WHERE space_id IS NOT NULL GROUP BY space_id;--> statement-breakpoint
-- Logins of the tokens that exist tell no address: it was not kept.
INSERT INTO logins (token_hash, user_id, address, device, created_at, last_used_at)
  SELECT hash, user_id, '', '', created_at, created_at FROM tokens WHERE kind = 'user';
