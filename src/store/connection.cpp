#include "store/connection.h"

namespace sideband {

Result<void> Connection::post_row(const RowStatement& statement, std::string_view /*row*/,
                                  Params params, const std::function<Error()>& missed) {
  return missed ? post_one(statement.one(), params, missed) : post(statement.one(), params);
}

Result<void> Connection::append_leaves(std::uint64_t first,
                                       const std::vector<std::string>& records) {
  for (const std::string& record : records) {
    SB_TRY(
        post("INSERT INTO leaves (idx, record) VALUES ($1, $2)", {first++, Param::blob(record)}));
  }
  return {};
}

}  // namespace sideband
