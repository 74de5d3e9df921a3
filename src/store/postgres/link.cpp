#include "store/postgres/link.h"

#include <array>

namespace sideband {

// Of a name that is given twice the last one counts: what stands before `dbname` is a default.
PgLink open_link(const std::string& where) {
  const std::array<const char*, 9> names = {
      "connect_timeout",  "keepalives_idle",      "keepalives_interval",
      "keepalives_count", "tcp_user_timeout",     "application_name",
      "dbname",           "target_session_attrs", nullptr};
  const std::array<const char*, 9> values = {"5",        "5",           "2",       "3",    "10000",
                                             "sideband", where.c_str(), "primary", nullptr};
  PgLink link(PQconnectdbParams(names.data(), values.data(), 1), &PQfinish);
  PQsetNoticeProcessor(
      link.get(), [](void*, const char*) {}, nullptr);  // not onto our stderr
  return link;
}

}  // namespace sideband
