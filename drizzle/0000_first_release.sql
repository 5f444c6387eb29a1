-- All tables of the first release: the steps that led to them were never released.
CREATE TABLE `applications` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`description` text DEFAULT '' NOT NULL,
	`bot_public` integer DEFAULT true NOT NULL,
	`owner_id` text NOT NULL,
	`bot_user_id` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`owner_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`bot_user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE INDEX `applications_owner` ON `applications` (`owner_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `attachments` (
	`id` text PRIMARY KEY NOT NULL,
	`message_id` text NOT NULL,
	`channel_id` text NOT NULL,
	`filename` text NOT NULL,
	`safe_name` text NOT NULL,
	`secret` text NOT NULL,
	`content_type` text,
	`detected_type` text,
	`size` integer NOT NULL,
	`width` integer,
	`height` integer
) STRICT;
--> statement-breakpoint
CREATE INDEX `attachments_message` ON `attachments` (`message_id`);--> statement-breakpoint
CREATE TABLE `audit_entries` (
	`n` integer PRIMARY KEY NOT NULL,
	`id` text GENERATED ALWAYS AS (cast(n as text)) VIRTUAL,
	`space_id` text NOT NULL,
	`user_id` text NOT NULL,
	`action_type` text NOT NULL,
	`target_type` text,
	`target_id` text,
	`reason` text,
	`changes` text,
	`channel_id` text,
	FOREIGN KEY (`space_id`) REFERENCES `spaces`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE INDEX `audit_entries_space` ON `audit_entries` (`space_id`);--> statement-breakpoint
CREATE INDEX `audit_entries_user` ON `audit_entries` (`user_id`,`space_id`);--> statement-breakpoint
CREATE INDEX `audit_entries_action` ON `audit_entries` (`space_id`,`action_type`);--> statement-breakpoint
CREATE INDEX `audit_entries_channel` ON `audit_entries` (`channel_id`) WHERE channel_id is not null;--> statement-breakpoint
CREATE TABLE `bans` (
	`space_id` text NOT NULL,
	`user_id` text NOT NULL,
	`reason` text,
	`banned_by` text,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`space_id`, `user_id`),
	FOREIGN KEY (`space_id`) REFERENCES `spaces`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE INDEX `bans_newest` ON `bans` (`space_id`,`created_at`,`user_id`);--> statement-breakpoint
CREATE INDEX `bans_user` ON `bans` (`user_id`);--> statement-breakpoint
CREATE TABLE `channels` (
	`id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`space_id` text,
	`class_id` integer,
	`name` text DEFAULT '' NOT NULL,
	`topic` text,
	`position` integer DEFAULT 0 NOT NULL,
	`parent_id` text,
	`nsfw` integer DEFAULT false NOT NULL,
	`rate_limit` integer DEFAULT 0 NOT NULL,
	`bitrate` integer,
	`user_limit` integer,
	`owner_id` text,
	`last_message_id` text,
	`archived` integer DEFAULT false NOT NULL,
	`allow_anonymous_read` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	`deleted_at` integer,
	FOREIGN KEY (`space_id`) REFERENCES `spaces`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE INDEX `channels_space` ON `channels` (`space_id`,`deleted_at`,`position`);--> statement-breakpoint
CREATE INDEX `channels_class` ON `channels` (`class_id`,`deleted_at`);--> statement-breakpoint
CREATE TABLE `clearings` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`kind` text NOT NULL,
	`target_id` text NOT NULL,
	`channel_id` text
) STRICT;
--> statement-breakpoint
CREATE TABLE `emoji_roles` (
	`emoji_id` text NOT NULL,
	`role_id` text NOT NULL,
	PRIMARY KEY(`emoji_id`, `role_id`),
	FOREIGN KEY (`emoji_id`) REFERENCES `emojis`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `emoji_roles_role` ON `emoji_roles` (`role_id`);--> statement-breakpoint
CREATE TABLE `emojis` (
	`id` text PRIMARY KEY NOT NULL,
	`space_id` text NOT NULL,
	`name` text NOT NULL,
	`animated` integer DEFAULT false NOT NULL,
	`extension` text NOT NULL,
	`creator_id` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`space_id`) REFERENCES `spaces`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `emojis_name` ON `emojis` (`space_id`,`name`);--> statement-breakpoint
CREATE TABLE `event_log` (
	`id` integer PRIMARY KEY NOT NULL,
	`pruned_seq` integer DEFAULT 0 NOT NULL,
	`size_bytes` integer DEFAULT 0 NOT NULL,
	`counted_seq` integer DEFAULT 0 NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `event_scopes` (
	`scope` text NOT NULL,
	`seq` integer NOT NULL,
	PRIMARY KEY(`scope`, `seq`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `event_scopes_seq` ON `event_scopes` (`seq`);--> statement-breakpoint
CREATE TABLE `events` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`intent` integer,
	`subject` text,
	`hidden_from` text,
	`bytes` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `events_subject` ON `events` (`subject`) WHERE subject is not null;--> statement-breakpoint
CREATE TABLE `file_removals` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`path` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `gateway_sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`token_hash` text NOT NULL,
	`intents` integer NOT NULL,
	`os` text DEFAULT '' NOT NULL,
	`status` text NOT NULL,
	`activities` text DEFAULT '[]' NOT NULL,
	`chosen_at` integer DEFAULT 0 NOT NULL,
	`moved_seq` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`dropped_at` integer,
	`held` integer DEFAULT true NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE INDEX `gateway_sessions_user` ON `gateway_sessions` (`user_id`);--> statement-breakpoint
CREATE INDEX `gateway_sessions_token` ON `gateway_sessions` (`token_hash`);--> statement-breakpoint
CREATE INDEX `gateway_sessions_dropped` ON `gateway_sessions` (`dropped_at`) WHERE dropped_at is not null;--> statement-breakpoint
CREATE TABLE `guest_tokens` (
	`hash` text PRIMARY KEY NOT NULL,
	`space_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `guest_tokens_expiry` ON `guest_tokens` (`expires_at`);--> statement-breakpoint
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
CREATE TABLE `instance` (
	`id` integer PRIMARY KEY NOT NULL,
	`admin_claimed` integer DEFAULT false NOT NULL,
	`server_name` text DEFAULT 'Accord Server' NOT NULL,
	`registration_policy` text DEFAULT 'open' NOT NULL,
	`motd` text,
	`max_avatar_size` integer DEFAULT 2097152 NOT NULL,
	`max_emoji_size` integer DEFAULT 262144 NOT NULL,
	`max_sound_size` integer DEFAULT 2097152 NOT NULL,
	`max_attachment_size` integer DEFAULT 26214400 NOT NULL,
	`max_attachments_per_message` integer DEFAULT 10 NOT NULL,
	`max_spaces` integer DEFAULT 0 NOT NULL,
	`max_members_per_space` integer DEFAULT 0 NOT NULL,
	`tos_enabled` integer DEFAULT true NOT NULL,
	`tos_text` text,
	`tos_version` integer DEFAULT 1 NOT NULL,
	`tos_url` text,
	`public_listing` integer DEFAULT false NOT NULL,
	`updated_at` integer
) STRICT;
--> statement-breakpoint
CREATE TABLE `introductions` (
	`space_id` text NOT NULL,
	`user_id` text NOT NULL,
	PRIMARY KEY(`space_id`, `user_id`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `invites` (
	`code` text PRIMARY KEY NOT NULL,
	`space_id` text NOT NULL,
	`channel_id` text,
	`inviter_id` text,
	`max_uses` integer,
	`uses` integer DEFAULT 0 NOT NULL,
	`max_age` integer,
	`temporary` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	FOREIGN KEY (`space_id`) REFERENCES `spaces`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE INDEX `invites_space` ON `invites` (`space_id`,`created_at`,`code`);--> statement-breakpoint
CREATE INDEX `invites_channel` ON `invites` (`channel_id`) WHERE channel_id is not null;--> statement-breakpoint
CREATE INDEX `invites_expiry` ON `invites` (`expires_at`) WHERE expires_at is not null;--> statement-breakpoint
CREATE TABLE `kept_sanctions` (
	`space_id` text NOT NULL,
	`user_id` text NOT NULL,
	`timed_out_until` integer,
	`mute` integer NOT NULL,
	`deaf` integer NOT NULL,
	PRIMARY KEY(`space_id`, `user_id`)
) STRICT;
--> statement-breakpoint
CREATE TABLE `member_roles` (
	`space_id` text NOT NULL,
	`user_id` text NOT NULL,
	`role_id` text NOT NULL,
	PRIMARY KEY(`space_id`, `user_id`, `role_id`),
	FOREIGN KEY (`role_id`) REFERENCES `roles`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `member_roles_role` ON `member_roles` (`role_id`);--> statement-breakpoint
CREATE TABLE `members` (
	`space_id` text NOT NULL,
	`user_id` text NOT NULL,
	`nickname` text,
	`avatar` text,
	`deaf` integer DEFAULT false NOT NULL,
	`mute` integer DEFAULT false NOT NULL,
	`timed_out_until` integer,
	`temporary` integer DEFAULT false NOT NULL,
	`joined_at` integer NOT NULL,
	PRIMARY KEY(`space_id`, `user_id`),
	FOREIGN KEY (`space_id`) REFERENCES `spaces`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE INDEX `members_user` ON `members` (`user_id`);--> statement-breakpoint
CREATE TABLE `messages` (
	`n` integer PRIMARY KEY NOT NULL,
	`id` text GENERATED ALWAYS AS (cast(n as text)) VIRTUAL,
	`channel_id` text NOT NULL,
	`space_id` text,
	`author_id` text NOT NULL,
	`type` text DEFAULT 'default' NOT NULL,
	`content` text NOT NULL,
	`title` text,
	`tts` integer DEFAULT false NOT NULL,
	`mention_everyone` integer DEFAULT false NOT NULL,
	`mentions` text,
	`embeds` text,
	`previews` text,
	`reply_to` text,
	`thread_id` text,
	`reply_count` integer DEFAULT 0 NOT NULL,
	`last_reply_at` integer,
	`active_at` integer,
	`pinned_at` integer,
	`edited_at` integer,
	FOREIGN KEY (`author_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE INDEX `messages_feed` ON `messages` (`channel_id`) WHERE thread_id is null;--> statement-breakpoint
CREATE INDEX `messages_thread` ON `messages` (`thread_id`) WHERE thread_id is not null;--> statement-breakpoint
CREATE INDEX `messages_in_threads` ON `messages` (`channel_id`) WHERE thread_id is not null;--> statement-breakpoint
CREATE INDEX `messages_replies` ON `messages` (`reply_to`) WHERE reply_to is not null;--> statement-breakpoint
CREATE INDEX `messages_author` ON `messages` (`author_id`,`space_id`);--> statement-breakpoint
CREATE INDEX `messages_activity` ON `messages` (`channel_id`,`active_at`) WHERE active_at is not null;--> statement-breakpoint
CREATE INDEX `messages_pins` ON `messages` (`channel_id`,`pinned_at`) WHERE pinned_at is not null;--> statement-breakpoint
CREATE INDEX `messages_threads` ON `messages` (`channel_id`) WHERE reply_count > 0;--> statement-breakpoint
CREATE TABLE `overwrites` (
	`channel_id` text NOT NULL,
	`id` text NOT NULL,
	`type` text NOT NULL,
	`allow` text NOT NULL,
	`deny` text NOT NULL,
	PRIMARY KEY(`channel_id`, `id`),
	FOREIGN KEY (`channel_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `overwrites_id` ON `overwrites` (`id`);--> statement-breakpoint
CREATE TABLE `plugins` (
	`id` text PRIMARY KEY NOT NULL,
	`space_id` text NOT NULL,
	`creator_id` text NOT NULL,
	`name` text NOT NULL,
	`type` text NOT NULL,
	`runtime` text NOT NULL,
	`description` text DEFAULT '' NOT NULL,
	`version` text DEFAULT '' NOT NULL,
	`entry_point` text DEFAULT '' NOT NULL,
	`max_participants` integer DEFAULT 0 NOT NULL,
	`max_spectators` integer DEFAULT 0 NOT NULL,
	`lobby` integer DEFAULT false NOT NULL,
	`canvas_width` integer DEFAULT 480 NOT NULL,
	`canvas_height` integer DEFAULT 360 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`space_id`) REFERENCES `spaces`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE INDEX `plugins_space` ON `plugins` (`space_id`,`type`,`id`);--> statement-breakpoint
CREATE TABLE `reactions` (
	`n` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`message_id` text NOT NULL,
	`emoji` text NOT NULL,
	`user_id` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `reactions_one` ON `reactions` (`message_id`,`emoji`,`user_id`);--> statement-breakpoint
CREATE INDEX `reactions_user` ON `reactions` (`user_id`);--> statement-breakpoint
CREATE TABLE `roles` (
	`id` text PRIMARY KEY NOT NULL,
	`space_id` text NOT NULL,
	`name` text NOT NULL,
	`color` integer DEFAULT 0 NOT NULL,
	`hoist` integer DEFAULT false NOT NULL,
	`icon` text,
	`position` integer NOT NULL,
	`permissions` text NOT NULL,
	`managed` integer DEFAULT false NOT NULL,
	`mentionable` integer DEFAULT false NOT NULL,
	FOREIGN KEY (`space_id`) REFERENCES `spaces`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE INDEX `roles_space` ON `roles` (`space_id`,`position`);--> statement-breakpoint
CREATE TABLE `slow_mode` (
	`channel_id` text NOT NULL,
	`user_id` text NOT NULL,
	`sent_at` integer NOT NULL,
	PRIMARY KEY(`channel_id`, `user_id`),
	FOREIGN KEY (`channel_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `spaces` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`slug` text NOT NULL,
	`description` text,
	`icon` text,
	`banner` text,
	`owner_id` text NOT NULL,
	`verification_level` text DEFAULT 'none' NOT NULL,
	`default_notifications` text DEFAULT 'all' NOT NULL,
	`explicit_content_filter` text DEFAULT 'disabled' NOT NULL,
	`preferred_locale` text DEFAULT 'en-US' NOT NULL,
	`nsfw_level` text DEFAULT 'default' NOT NULL,
	`afk_channel_id` text,
	`afk_timeout` integer DEFAULT 300 NOT NULL,
	`system_channel_id` text,
	`rules_channel_id` text,
	`public` integer DEFAULT false NOT NULL,
	`allow_guest_access` integer DEFAULT true NOT NULL,
	`created_at` integer NOT NULL,
	`deleted_at` integer,
	FOREIGN KEY (`owner_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `spaces_slug` ON `spaces` (`slug`) WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX `spaces_public` ON `spaces` (`name`,`id`) WHERE public = 1 and deleted_at is null;--> statement-breakpoint
CREATE INDEX `spaces_oldest` ON `spaces` (`created_at`,`id`) WHERE deleted_at is null;--> statement-breakpoint
CREATE TABLE `tokens` (
	`hash` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`kind` text NOT NULL,
	`created_at` integer NOT NULL,
	`n` integer NOT NULL,
	`expires_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE INDEX `tokens_user` ON `tokens` (`user_id`,`n`);--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`username` text NOT NULL,
	`display_name` text,
	`avatar` text,
	`banner` text,
	`accent_color` integer,
	`bio` text,
	`bot` integer DEFAULT false NOT NULL,
	`system` integer DEFAULT false NOT NULL,
	`is_admin` integer DEFAULT false NOT NULL,
	`disabled` integer DEFAULT false NOT NULL,
	`mfa_enabled` integer DEFAULT false NOT NULL,
	`password_hash` text,
	`force_password_reset` integer DEFAULT false NOT NULL,
	`status` text DEFAULT 'online' NOT NULL,
	`activities` text DEFAULT '[]' NOT NULL,
	`created_at` integer NOT NULL,
	`folded_name` text
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `users_username` ON `users` (`username`);--> statement-breakpoint
CREATE INDEX `users_folded_name` ON `users` (`folded_name`,`id`);--> statement-breakpoint
CREATE TABLE `visibility_classes` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`space_id` text NOT NULL,
	`signature` text NOT NULL,
	`retired` integer DEFAULT false NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `visibility_classes_signature` ON `visibility_classes` (`space_id`,`retired`,`signature`);--> statement-breakpoint
CREATE TABLE `voice_states` (
	`user_id` text PRIMARY KEY NOT NULL,
	`space_id` text,
	`channel_id` text NOT NULL,
	`session_id` text NOT NULL,
	`bound` integer DEFAULT false NOT NULL,
	`self_mute` integer DEFAULT false NOT NULL,
	`self_deaf` integer DEFAULT false NOT NULL,
	`self_stream` integer DEFAULT false NOT NULL,
	`self_video` integer DEFAULT false NOT NULL,
	`mute` integer DEFAULT false NOT NULL,
	`deaf` integer DEFAULT false NOT NULL,
	`grants` integer DEFAULT 0 NOT NULL,
	`participant_sid` text,
	`since` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE INDEX `voice_states_channel` ON `voice_states` (`channel_id`);--> statement-breakpoint
CREATE INDEX `voice_states_space` ON `voice_states` (`space_id`) WHERE space_id is not null;--> statement-breakpoint
CREATE INDEX `voice_states_session` ON `voice_states` (`session_id`);--> statement-breakpoint
CREATE VIRTUAL TABLE `message_search` USING fts5(
	content, scope, content='', contentless_delete=1, prefix='2 3',
	tokenize="unicode61 remove_diacritics 2 categories 'L* M* N* Co So Sk'"
);
