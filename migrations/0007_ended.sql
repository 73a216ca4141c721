-- What is over grows for ever: what asks for the living looks only at them, and lists of what ended leave out activations, of which
-- there are many more than assignments.

create index assignment_live_by_principal on assignment_schedules (principal_id, role_id) where ended_at is null;

drop index assignment_ended;
create index assignment_ended on assignment_schedules (ended_at) where ended_at is not null and assignment_type = 'Assigned';
