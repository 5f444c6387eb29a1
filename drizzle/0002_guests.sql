CREATE TABLE `guest_tokens` (
	`hash` text PRIMARY KEY NOT NULL,
	`space_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `guest_tokens_expiry` ON `guest_tokens` (`expires_at`);