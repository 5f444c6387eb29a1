-- Strangers who guess must not lock somebody out where that one has logged in of late.
CREATE TABLE `login_addresses` (
	`hash` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`seen_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `login_addresses_user` ON `login_addresses` (`user_id`,`seen_at`);--> statement-breakpoint
CREATE INDEX `login_addresses_seen` ON `login_addresses` (`seen_at`);
