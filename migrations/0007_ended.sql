-- Lists show ended assignments, never ended activations, of which there are many more.

drop index assignment_ended;
create index assignment_ended on assignment_schedules (ended_at) where ended_at is not null and assignment_type = 'Assigned';
