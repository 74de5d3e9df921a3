#include "drivers/postgres/sql/log_place.h"

#include "base/bytes.h"
#include "base/sha256.h"
#include "drivers/postgres/sql/identity.h"

namespace sideband {
namespace {

constexpr int kPublishesSchemas = 150'000;

// The table, the publication, the columns of the key, and all that are read, stand in front as
// literals of text: so the name is looked up at each run. Row filters have a column of the view
// since version 15.
constexpr const char* kParts =
    "parts(oid) as (select (select t from given)::regclass::oid union select i.inhrelid from "
    "pg_inherits i join parts on i.inhparent = parts.oid), "
    "rels as (select c.oid, c.relam, c.relkind, c.relpersistence, c.relreplident, c.relfilenode, "
    "c.xmin "
    "from parts join pg_class c on c.oid = parts.oid), "
    "pub as (select oid, xmin, pubinsert and pubupdate and pubdelete as whole from pg_publication "
    "where pubname = (select p from given)), "
    "listed as (select c.oid, to_jsonb(t) ->> 'rowfilter' as rows from pg_publication_tables t "
    "join pg_namespace n on n.nspname = t.schemaname join pg_class c on c.relnamespace = n.oid "
    "and c.relname = t.tablename join rels on rels.oid = c.oid where t.pubname = (select p from "
    "given)), "
    "ids as (select i.indrelid, i.indexrelid, i.xmin, (select array_agg(a.attname::text) from "
    "pg_attribute a where a.attrelid = i.indrelid and a.attnum = any(i.indkey)) as columns from "
    "pg_index i join rels on rels.oid = i.indrelid where case rels.relreplident when 'd' then "
    "i.indisprimary when 'i' then i.indisreplident else false end), "
    "cols as (select a.attgenerated, t.oid, t.xmin, t.typtype, t.typelem, t.typoutput, "
    "coalesce(b.oid, t.oid) as base, coalesce(b.typtype, t.typtype) as basetype, "
    "coalesce(b.typelem, t.typelem) as baseelem from pg_attribute a join pg_type t on t.oid = "
    "a.atttypid left join pg_type b on t.typtype = 'd' and b.oid = t.typbasetype where a.attrelid "
    "= (select t from given)::regclass and a.attnum > 0 and not a.attisdropped and a.attname::text "
    "= any((select c from given)::text[])) ";

// Of other types the text depends on rows of catalogs or of other tables. Those of names of things
// in catalogs (regclass) are base types; 16384 is the first number that is no built-in's.
constexpr const char* kWhyNot =
    "when not exists (select from pub) then 'its publication is gone' "
    "when not (select whole from pub) then 'its publication leaves out a kind of changes' "
    "when exists (select from rels where relkind not in ('r', 'p') or relpersistence <> 'p') then "
    "'a part of it is not logged or on another server' "
    "when exists (select from rels where relkind = 'r' and relam <> (select oid from pg_am where "
    "amname = 'heap')) then 'a part of it is kept in a form that decoding does not read' "
    "when exists (select from rels where relkind = 'r' and oid not in (select oid from listed)) "
    "and not exists (select from rels join listed using (oid) where relkind = 'p' and oid = "
    "(select t from given)::regclass) then 'a part of it is not in the publication' "
    "when exists (select from listed where rows is not null) then 'its publication leaves out "
    "rows' "
    "when exists (select from rels where relkind = 'r' and relreplident <> 'f' and not exists "
    "(select from ids where ids.indrelid = rels.oid and ids.columns @> (select k from given))) "
    "then 'its replica "
    "identity lacks a column of the key' "
    "when exists (select from cols where attgenerated = 'v' or not (basetype = 'e' or (base < "
    "16384 and basetype in ('b', 'r', 'm')) or (basetype = 'b' and baseelem = 0)) or "
    "format_type(base, null) ~ '^(reg|aclitem)') then 'the text of a column depends on more than "
    "its row' "
    "else '' end";

// Where nothing follows yet on a page of the log, the place of the next record is behind the page's
// head, and that of the end of the last one before it: the larger head is that of a segment's first
// page.
constexpr const char* kPlace =
    "(select p - case when p % page = case when (p - p % page) % segment = 0 then 40 else 24 end "
    "then p % page else 0 end from (select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), "
    "'0/0')::int8 as p, current_setting('wal_block_size')::int8 as page, "
    "pg_size_bytes(current_setting('wal_segment_size')) as segment) at)";

constexpr const char* kVersions =
    "(select md5(string_agg(v, ' ' order by v)) from ("
    "select 'p' || oid || '.' || xmin::text as v from pub "
    "union all select 'l' || r.oid || '.' || r.xmin::text from pg_publication_rel r join rels on "
    "rels.oid = r.prrelid join pub on pub.oid = r.prpubid "
    "union all select 't' || oid || '.' || relfilenode || '.' || xmin::text from rels "
    "union all select 'o' || oid from listed "
    "union all select 'h' || i.inhrelid || '.' || i.xmin::text from pg_inherits i join rels on "
    "rels.oid = i.inhrelid "
    "union all select 'i' || indexrelid || '.' || xmin::text from ids "
    "union all select 'a' || a.attrelid || '.' || a.attnum || '.' || a.xmin::text from "
    "pg_attribute a join rels on rels.oid = a.attrelid where a.attnum > 0 "
    "union all select 'c' || cols.oid || '.' || cols.xmin::text || '.' || f.xmin::text from cols "
    "join pg_proc f on f.oid = cols.typoutput "
    "union all select 'e' || e.oid || '.' || e.xmin::text from pg_enum e join cols on cols.base = "
    "e.enumtypid "
    "union all select 'k' || k.oid || '.' || k.xmin::text from pg_cast k join cols on cols.base = "
    "k.castsource where k.casttarget = 'text'::regtype";

constexpr const char* kSchemaVersions =
    " union all select 's' || s.oid || '.' || s.xmin::text from pg_publication_namespace s join "
    "pub on pub.oid = s.pnpubid";

template <class Columns>
std::string array_of(const PgConnection& connection, const Columns& columns) {
  std::vector<PgElement> names;
  for (const auto& column : columns) names.emplace_back(column.name);
  return connection.literal(pg_array_text(names)) + "::text[]";
}

std::string place_sql(const PgConnection& connection, const PgShape& shape,
                      const std::string& publication) {
  const bool schemas = connection.server_version() >= kPublishesSchemas;
  return "with recursive given(t, p, k, c) as (select " + connection.literal(shape.table()) +
         "::text, " + connection.literal(publication) + "::text, " +
         array_of(connection, shape.key().columns()) + ", " +
         array_of(connection, shape.columns()) + "), " + kParts +
         "select case when pg_is_in_recovery() then 'it is on a standby' " + kWhyNot + ", " +
         pg_log_sql() + ", case when pg_is_in_recovery() then 0 else " + kPlace + " end, " +
         kVersions + (schemas ? kSchemaVersions : "") + ") versions)";
}

// Planning it takes several times as long as running it, so each session does that once.
Result<PgAnswer> run_prepared(PgConnection& connection, const std::string& sql,
                              const Deadline& deadline) {
  const std::string name = "sideband_place_" + to_hex(sha256(sql)).substr(0, 16);
  PgParams params;
  params.text(name);
  SB_ASSIGN(const PgAnswer there,
            connection.query("select true from pg_prepared_statements where name = $1", params,
                             deadline));
  if (there.rows() == 0) SB_TRY(connection.script("prepare " + name + " as " + sql, deadline));
  return connection.query("execute " + name, {}, deadline);
}

}  // namespace

std::string pg_log_sql() {
  return std::string("case when pg_is_in_recovery() then '' else ") + kPgSystem + " || '.' || " +
         kPgTimeline + " || '.' || " + kPgDatabase + " end";
}

Result<LogPlace> pg_log_place(PgConnection& connection, const PgShape& shape,
                              const std::string& publication, const Deadline& deadline) {
  SB_ASSIGN(const PgAnswer answer,
            run_prepared(connection, place_sql(connection, shape, publication), deadline));
  if (answer.rows() != 1) return Error::corrupt("PostgreSQL answered without a place of its log");
  LogPlace place;
  place.why_not = answer.text(0, 0);
  place.log = answer.text(0, 1);
  place.place = static_cast<std::uint64_t>(answer.integer(0, 2));
  place.content = answer.text(0, 3);
  return place;
}

}  // namespace sideband
