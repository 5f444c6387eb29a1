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
	`visibility` text,
	FOREIGN KEY (`space_id`) REFERENCES `spaces`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE INDEX `audit_entries_space` ON `audit_entries` (`space_id`);--> statement-breakpoint
CREATE INDEX `audit_entries_user` ON `audit_entries` (`user_id`,`space_id`);--> statement-breakpoint
CREATE INDEX `audit_entries_action` ON `audit_entries` (`space_id`,`action_type`);--> statement-breakpoint
CREATE INDEX `audit_entries_visibility` ON `audit_entries` (`space_id`,`visibility`) WHERE visibility is not null;