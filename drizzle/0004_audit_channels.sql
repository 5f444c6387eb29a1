ALTER TABLE `audit_entries` ADD `channel_id` text;--> statement-breakpoint
CREATE INDEX `audit_entries_gone` ON `audit_entries` (`channel_id`) WHERE visibility is not null;--> statement-breakpoint
UPDATE audit_entries
   SET channel_id = CASE target_type WHEN 'channel' THEN target_id
                    ELSE json_extract(changes, '$.channel_id') END
 WHERE visibility IS NOT NULL;
--> statement-breakpoint
UPDATE audit_entries SET visibility = NULL
 WHERE channel_id IS NOT NULL AND action_type <> 'channel_delete';
