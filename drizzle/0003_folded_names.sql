DROP INDEX `users_display_name`;--> statement-breakpoint
ALTER TABLE `users` ADD `folded_name` text;--> statement-breakpoint
-- SQLite folds a to z; other names are folded by the program when it starts.
UPDATE `users` SET `folded_name` = lower(coalesce(`display_name`, ''))
  WHERE coalesce(`display_name`, '') NOT GLOB '*[^ -~]*';--> statement-breakpoint
CREATE INDEX `users_folded_name` ON `users` (`folded_name`,`id`);