#include "checkup/invalid_index.h"

#include <fmt/format.h>

namespace sideband::scan {
namespace {

// Why it may be that somebody builds it just now; empty when nobody does.
std::string why_maybe_built(const InvalidIndex& index) {
  if (index.locked) return "a session holds a lock that builds take";
  if (!index.builds_show) return "this role does not see builds, for want of pg_read_all_stats";
  return "";
}

IndexAdvice advice_for_partitioned(const InvalidIndex& index) {
  const std::string what = "the index is invalid: on " + index.table;
  if (index.partitions.empty()) {
    return {what + ", though all of its partitions have a valid part of it", ""};
  }
  return {what + "; no valid index is attached to it for " + index.partitions, ""};
}

}  // namespace

// A long name is cut before its suffix, so that the original is longer than what is left of it.
// Locks tell of builds of several indexes, of which the progress view shows one.
const char* const kInvalidIndexes = R"sql(
WITH found AS (
  SELECT i.*, c.relname, c.relnamespace, c.relkind, n.nspname,
    substring(c.relname FROM '^(.*)_cc(?:new|old)[0-9]*$') AS base
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE NOT i.indisvalid AND c.relkind IN ('i', 'I'))
SELECT format('%I.%I', f.nspname, f.relname), format('%I.%I', tn.nspname, t.relname),
  f.base IS NOT NULL,
  (SELECT format('%I.%I', f.nspname, oc.relname)
   FROM pg_index o JOIN pg_class oc ON oc.oid = o.indexrelid
   WHERE o.indrelid = f.indrelid AND o.indexrelid <> f.indexrelid AND o.indisvalid
     AND o.indkey::text = f.indkey::text AND o.indisunique = f.indisunique
     AND oc.relnamespace = f.relnamespace
     AND (oc.relname = f.base OR (octet_length(f.relname) >= 60
          AND left(oc.relname, length(f.base)) = f.base)) LIMIT 1),
  pg_has_role('pg_read_all_stats', 'USAGE'),
  EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'relation'
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND l.relation IN (f.indexrelid, f.indrelid) AND l.pid <> pg_backend_pid()
    AND l.mode IN ('ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock',
                   'ExclusiveLock', 'AccessExclusiveLock')),
  f.relkind = 'I',
  (SELECT string_agg(missing.name, ', ') FROM (
     SELECT format('%I.%I', pn.nspname, p.relname) AS name FROM pg_inherits h
     JOIN pg_class p ON p.oid = h.inhrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
     WHERE h.inhparent = f.indrelid AND NOT EXISTS (
       SELECT FROM pg_inherits hi JOIN pg_index pi ON pi.indexrelid = hi.inhrelid
       WHERE hi.inhparent = f.indexrelid AND pi.indrelid = h.inhrelid AND pi.indisvalid)
     ORDER BY 1 LIMIT 5) missing)
FROM found f JOIN pg_class t ON t.oid = f.indrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace
WHERE NOT EXISTS (SELECT FROM pg_stat_progress_create_index p
  WHERE p.index_relid = f.indexrelid OR p.relid = f.indrelid)
ORDER BY 1 LIMIT 200)sql";

InvalidIndex invalid_index_of(const std::vector<std::string>& row) {
  InvalidIndex index;
  index.name = row[0];
  index.table = row[1];
  index.suffixed = row[2] == "t";
  index.original = row[3];
  index.builds_show = row[4] == "t";
  index.locked = row[5] == "t";
  index.partitioned = row[6] == "t";
  index.partitions = row[7];
  return index;
}

IndexAdvice advice_for(const InvalidIndex& index) {
  if (index.partitioned) return advice_for_partitioned(index);
  const std::string what = "the index is invalid: on " + index.table;
  if (const std::string why = why_maybe_built(index); !why.empty()) {
    return {fmt::format("{}; is it being built now? {}", what, why), ""};
  }
  if (index.suffixed && index.original.empty()) {
    return {what + "; is it left by a REINDEX? The valid index that it would be a copy of is gone",
            ""};
  }
  if (index.suffixed) {
    return {fmt::format("left by a REINDEX of {} that failed", index.original),
            "DROP INDEX CONCURRENTLY " + index.name};
  }
  return {what, "REINDEX INDEX CONCURRENTLY " + index.name};
}

}  // namespace sideband::scan
