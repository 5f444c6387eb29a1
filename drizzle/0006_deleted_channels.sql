DROP INDEX `channels_space`;--> statement-breakpoint
DROP INDEX `channels_class`;--> statement-breakpoint
CREATE INDEX `channels_space` ON `channels` (`space_id`,`deleted_at`,`position`);--> statement-breakpoint
CREATE INDEX `channels_class` ON `channels` (`class_id`,`deleted_at`);--> statement-breakpoint
DROP INDEX `visibility_classes_signature`;--> statement-breakpoint
ALTER TABLE `visibility_classes` ADD `retired` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `visibility_classes_signature` ON `visibility_classes` (`space_id`,`retired`,`signature`);--> statement-breakpoint
-- Who may read of a deleted channel is said by its row and no more by its last entry: rows that went are made anew.
INSERT INTO visibility_classes (space_id, signature, retired)
SELECT DISTINCT space_id, visibility, 1 FROM audit_entries gone
 WHERE visibility IS NOT NULL AND NOT EXISTS (
       SELECT 1 FROM visibility_classes k WHERE k.space_id = gone.space_id AND k.signature = gone.visibility);
--> statement-breakpoint
INSERT OR IGNORE INTO channels (id, type, space_id, class_id, created_at, deleted_at)
SELECT gone.channel_id, coalesce(json_extract(gone.changes, '$.type'), 'text'), gone.space_id, k.id,
       (cast(gone.channel_id AS integer) >> 22) + 1704067200000, (gone.n >> 22) + 1704067200000
  FROM audit_entries gone
  JOIN visibility_classes k ON k.space_id = gone.space_id AND k.signature = gone.visibility
 WHERE gone.channel_id IS NOT NULL;
--> statement-breakpoint
-- An entry that tells of a channel, nobody knows which, stays for nobody.
UPDATE audit_entries SET channel_id = '' WHERE visibility IS NOT NULL AND channel_id IS NULL;
--> statement-breakpoint
DROP INDEX `audit_entries_visibility`;--> statement-breakpoint
DROP INDEX `audit_entries_gone`;--> statement-breakpoint
CREATE INDEX `audit_entries_channel` ON `audit_entries` (`channel_id`) WHERE channel_id is not null;--> statement-breakpoint
ALTER TABLE `audit_entries` DROP COLUMN `visibility`;
