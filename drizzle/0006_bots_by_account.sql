-- A ban or a timeout of a person holds for that person's bots, so the owner of a bot is looked up with each membership.
-- The row of a deleted bot goes; whether it owns a space is asked of all spaces.
CREATE UNIQUE INDEX `applications_bot` ON `applications` (`bot_user_id`);--> statement-breakpoint
CREATE INDEX `spaces_owner` ON `spaces` (`owner_id`);--> statement-breakpoint
-- Bots that are in a space from which their owner was banned before leave it.
INSERT INTO `clearings` (`kind`, `target_id`)
SELECT 'banned_bot', m.space_id || ' ' || m.user_id
  FROM bans b
  JOIN applications a ON a.owner_id = b.user_id
  JOIN members m ON m.space_id = b.space_id AND m.user_id = a.bot_user_id
  JOIN spaces s ON s.id = b.space_id AND s.owner_id <> a.bot_user_id;
