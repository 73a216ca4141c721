with here as (
  select n.oid, quote_ident(n.nspname) || '.' as prefix from pg_namespace n where n.nspname = current_schema()
),
relations as (
  select c.oid, c.relname, c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, here.prefix
  from pg_class c join here on c.relnamespace = here.oid
  where not exists (select 1 from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
),
found as (
  select case relkind when 'r' then 'table' when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table'
      when 'S' then 'sequence' when 'p' then 'partitioned table' when 'c' then 'type' else 'relation' end || ' ' || relname as object,
    case relpersistence when 'p' then 'permanent' else 'not permanent' end
      || case when relrowsecurity then ', row security' else '' end
      || case when relforcerowsecurity then ', forced row security' else '' end as definition
  from relations where relkind not in ('i', 'I', 't')
  union all
  select 'column ' || r.relname || '.' || a.attname,
    format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end
      || coalesce(case when a.attgenerated <> '' then ' generated ' else ' default ' end || pg_get_expr(d.adbin, d.adrelid), '')
      || case when a.attidentity <> '' then ' identity' else '' end
      || case when a.attcollation not in (0, (select oid from pg_collation where collname = 'default')) then ' other collation' else '' end
  from relations r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where r.relkind in ('r', 'p', 'f', 'v', 'm')
  union all
  select 'constraint ' || r.relname || '.' || k.conname,
    replace(pg_get_constraintdef(k.oid), r.prefix, '') || case when k.convalidated then '' else ' not valid' end
  from relations r join pg_constraint k on k.conrelid = r.oid and k.contype <> 'n'
  union all
  select 'index ' || r.relname,
    replace(pg_get_indexdef(r.oid), r.prefix, '')
      || case when i.indisvalid and i.indisready and i.indislive then '' else ' not valid' end
  from relations r join pg_index i on i.indexrelid = r.oid
  union all
  select 'trigger ' || case when t.tgisinternal then 'of a constraint on ' || r.relname else r.relname || '.' || t.tgname end,
    min(case when t.tgisinternal then 'disabled' else replace(pg_get_triggerdef(t.oid), r.prefix, '') || ' ' || t.tgenabled::text end)
  from relations r join pg_trigger t on t.tgrelid = r.oid and (not t.tgisinternal or t.tgenabled <> 'O')
  group by 1
  union all
  select 'rule ' || r.relname || '.' || w.rulename, replace(pg_get_ruledef(w.oid), r.prefix, '')
  from relations r join pg_rewrite w on w.ev_class = r.oid
  union all
  select 'policy ' || r.relname || '.' || p.polname, coalesce(pg_get_expr(p.polqual, p.polrelid), '')
  from relations r join pg_policy p on p.polrelid = r.oid
  union all
  select 'heir ' || r.relname || '.' || c.relname, ''
  from relations r join pg_inherits h on h.inhparent = r.oid and r.relkind in ('r', 'p', 'f') join pg_class c on c.oid = h.inhrelid
  union all
  select 'function ' || f.proname || '(' || pg_get_function_identity_arguments(f.oid) || ')', md5(coalesce(f.prosrc, ''))
  from pg_proc f join here on f.pronamespace = here.oid
  where not exists (select 1 from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = f.oid and d.deptype = 'e')
  union all
  select 'operator ' || o.oprname || ' ' || o.oprleft::regtype || ' ' || o.oprright::regtype, ''
  from pg_operator o join here on o.oprnamespace = here.oid
  where not exists (select 1 from pg_depend d where d.classid = 'pg_operator'::regclass and d.objid = o.oid and d.deptype = 'e')
)
select cast(object as text) as object, cast(definition as text) as definition from found order by 1
