-- When the next warning about something that will end is due, and the reminder of a request that waits; null when there is none to
-- come. The column moves on in the transaction in which the warning is given, so each is given once.
-- SQLite takes a partial index only when the query repeats its condition word for word.

alter table eligibility_schedules add column warn_at bigint null;
alter table assignment_schedules add column warn_at bigint null;
alter table requests add column remind_at bigint null;

-- What is there already begins at its first warning that lies within its term. Where that is past, the worker gives the last one
-- that is still true, as after any downtime.
update eligibility_schedules set warn_at = case
    when ends_at - 1209600000 > starts_at then ends_at - 1209600000
    when ends_at - 86400000 > starts_at then ends_at - 86400000
  end
  where ended_at is null and ends_at is not null;
update assignment_schedules set warn_at = case
    when ends_at - 1209600000 > starts_at then ends_at - 1209600000
    when ends_at - 86400000 > starts_at then ends_at - 86400000
  end
  where ended_at is null and ends_at is not null and assignment_type = 'Assigned';
update assignment_schedules set warn_at = case
    when ends_at - 900000 > starts_at then ends_at - 900000
    when ends_at - 300000 > starts_at then ends_at - 300000
  end
  where ended_at is null and assignment_type = 'Activated';
update requests set remind_at = created_at + (lapses_at - created_at) / 2
  where status = 'PendingApproval' and lapses_at is not null;

create index eligibility_by_warning on eligibility_schedules (warn_at) where ended_at is null and warn_at is not null;
create index assignment_by_warning on assignment_schedules (warn_at) where ended_at is null and warn_at is not null;
create index requests_by_reminder on requests (remind_at) where status = 'PendingApproval' and remind_at is not null;
