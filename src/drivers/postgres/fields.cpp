#include "drivers/driver_fields.h"
#include "drivers/postgres/client/endpoint.h"
#include "drivers/postgres/settings.h"
#include "drivers/signal_value.h"
#include "drivers/spelling.h"
#include "drivers/sql_fields.h"
#include "drivers/sql_operation.h"

namespace sideband {
namespace {

using enum config::FieldType;

config::Fields connect_fields() {
  return {
      {.key = "host",
       .doc = "Host name or address, or the folder of a unix socket.",
       .fallback = "127.0.0.1"},
      {.key = "port", .type = kCount, .doc = "TCP port.", .fallback = "5432", .minimum = 1},
      {.key = "dbname", .doc = "The database.", .required = true},
      {.key = "user", .doc = "The role that sideband logs in as.", .required = true},
      {.key = "sslmode",
       .type = kEnum,
       .doc = "How the server is made sure of. Without it, verify-full; on this machine, prefer. "
              "Anything weaker than verify-full needs allowUnverified where the server is on "
              "another machine.",
       .values = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}},
      {.key = "sslrootcert", .doc = "File of the certificate authorities that are believed."},
      {.key = "sslcert", .doc = "File of our certificate, where the server asks for one."},
      {.key = "sslkey", .doc = "File of its private key."},
      {.key = "allowUnverified",
       .type = kBool,
       .doc = "Takes a weaker sslmode to another machine. Anybody on the way can then read along "
              "and answer in the server's place.",
       .fallback = "false"},
      {.key = "timeout",
       .type = kDuration,
       .doc = "How long connecting may take.",
       .fallback = "5s"},
  };
}

config::Field table_field(bool required) {
  return sql_table_field("The table, like prices or shop.prices.", required);
}

config::Field key_field() {
  return sql_key_field(
      "The column that is the join key, or a list of those that are it together: whole numbers, "
      "text, uuid or bytea.");
}

config::Field changed_field() {
  return {.key = "changedSince",
          .doc =
              "Timestamp column that every write of a row sets. Between full scans "
              "(`detect.fullEvery`) only rows that it shows as new are compared; deleted rows, "
              "and a side without it, wait for the full scan."};
}

config::Field overlap_field() {
  return {.key = "changedOverlap",
          .type = kDuration,
          .doc =
              "How far `changedSince` looks back behind the last look: the longest time from "
              "the start of a transaction to its first write, and between clocks.",
          .fallback = "1m"};
}

config::Field listen_field() {
  return {.key = "listen",
          .doc =
              "Channel whose notifications wake this reconciler, where `wake.targets` names the "
              "target."};
}

config::Field publication_field() {
  return {.key = "publication",
          .doc =
              "Publication whose changes wake this reconciler by logical decoding, in place of "
              "`listen`. Needs wal_level logical and a role with REPLICATION."};
}

config::Field lag_field() {
  return {.key = "maxLag",
          .type = kSize,
          .doc =
              "How much of its log the target may keep for the `publication`'s slot. Beyond it the "
              "slot is dropped, everything is looked at, and a new one begins.",
          .fallback = "1GiB"};
}

config::Fields operation_fields() {
  return sql_operation_fields({
      {.key = "fence",
       .doc = "Table that keeps a marker of each step and the highest fencing token of each "
              "repair, in the same transaction.",
       .literal = true},
      {.key = "transaction",
       .type = kBool,
       .doc = "Say false for a statement that PostgreSQL runs outside of a transaction only, like "
              "REINDEX CONCURRENTLY. When it fails, nobody knows what it left.",
       .fallback = "true"},
  });
}

// A table without a schema is taken for one of public, where all but few are.
config::Place pg_place(const TargetSettings& target, const CollectionSettings& side) {
  const auto endpoint = parse_pg_endpoint(target);
  if (!endpoint.ok()) return {};
  const std::string host = endpoint->host.starts_with('/') ? path_in_one_spelling(endpoint->host)
                                                           : host_in_one_spelling(endpoint->host);
  config::Place place{
      "postgres " + host + ":" + std::to_string(endpoint->port) + "/" + endpoint->dbname, {}};
  const auto table = side.options.find("table");
  if (table == side.options.end()) return place;
  const auto name = pg_table_name(table->second);
  if (!name.ok()) return place;
  const bool schema = name->find("\".\"") != std::string::npos;
  place.things.push_back(as_pattern(schema ? *name : "\"public\"." + *name));
  return place;
}

void check_pg_side(const TargetSettings& target, const CollectionSettings& collection,
                   config::Side side, config::OptionFaults& faults) {
  const OptionReader options(collection.options, "collection on " + target.name, &faults);
  (void)parse_pg_source(collection, options, role_of(side));
  (void)parse_pg_fence(options, role_of(side));
  if (options.has("listen") && options.has("publication")) {
    (void)options.wrong("listen", "cannot stand beside publication; give one of them");
  }
}

}  // namespace

config::DriverFields postgres_fields() {
  return {
      .name = "postgres",
      .doc = "Rows of one PostgreSQL database.",
      .connect = connect_fields(),
      .credentials = {{.key = "password", .type = kSecret, .doc = "Password of the role."}},
      .desired = {sql_query_field(), table_field(false), sql_columns_field(), key_field(),
                  sql_max_size_field(), changed_field(), overlap_field(), listen_field(),
                  publication_field(), lag_field()},
      .actual = {table_field(true),
                 sql_columns_field(),
                 key_field(),
                 sql_max_size_field(),
                 changed_field(),
                 overlap_field(),
                 listen_field(),
                 publication_field(),
                 lag_field(),
                 {.key = "fence",
                  .doc = "Table that keeps the highest fencing token, in the same transaction as "
                         "the changes."}},
      .operation = operation_fields(),
      .signals = {sql_signal_kind()},
      .check_target =
          [](const TargetSettings& target, config::OptionFaults& faults) {
            (void)parse_pg_endpoint(target, &faults);
          },
      .check_side = check_pg_side,
      .place = pg_place,
      .has_fields = [](const DriverOptions&) { return true; },
      .key_column = "key",
      .columns = "columns",
  };
}

}  // namespace sideband
