-- What waits is little and is looked for on every page; what is over grows for ever. SQLite takes a partial index only when the
-- query repeats its condition word for word.

drop index requests_pending;
create index requests_waiting on requests (id) where status in ('PendingApproval', 'PendingAdminDecision');
create index requests_waiting_by_requestor on requests (requested_by) where status in ('PendingApproval', 'PendingAdminDecision');
