#include "store/postgres/row_batches.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "store/binary_lists.h"

namespace sideband {
namespace {

// What waits is sent at these sizes: the server then works on it while functions go on, and neither
// side holds long lists.
constexpr std::size_t kMaxRows = 128, kMaxBytes = std::size_t{1} << 18U;

std::string row_id(StoreTable table, std::string_view row) {
  return std::string(table_name(table)) + '/' + std::string(row);
}

void add_element(const Param& param, std::string& out) {
  if (param.kind == Param::Kind::kInteger) {
    add_big_endian(out, 8, 4);
    add_big_endian(out, static_cast<std::uint64_t>(param.integer), 8);
    return;
  }
  add_big_endian(out, param.bytes.size(), 4);
  out += param.bytes;
}

}  // namespace

ParamLists::ParamLists(Params first_row) {
  for (const Param& param : first_row) {
    const bool integer = param.kind == Param::Kind::kInteger;
    lists_.push_back({integer ? Param::Kind::kIntegers : Param::Kind::kByteStrings, {}});
    lists_.back().bytes = list_head(lists_.back().kind);
  }
  add(first_row);
}

void ParamLists::add(Params row) {
  SB_CHECK(row.size() == lists_.size());
  auto list = lists_.begin();
  for (const Param& param : row) add_element(param, (list++)->bytes);
  ++rows_;
}

std::vector<Param> ParamLists::params() {
  std::vector<Param> params;
  for (List& list : lists_) {
    set_list_size(list.bytes, rows_);
    params.push_back(Param::list(list.bytes, list.kind));
  }
  return params;
}

bool RowBatches::waits(StoreTable table, std::string_view row) const {
  return !batches_.empty() && rows_.contains(row_id(table, row));
}

bool RowBatches::waits_for(TableSet tables) const {
  return std::any_of(batches_.begin(), batches_.end(),
                     [&](const Batch& batch) { return tables.has(batch.statement->table()); });
}

bool RowBatches::add(const RowStatement& statement, std::string_view row, Params params,
                     std::function<Error()> missed) {
  SB_CHECK(params.size() == statement.params());
  rows_.insert(row_id(statement.table(), row));
  for (const Param& param : params) bytes_ += param.bytes.size();
  const auto batch = std::find_if(batches_.begin(), batches_.end(), [&](const Batch& known) {
    return known.statement == &statement;
  });
  if (batch != batches_.end()) {
    batch->lists.add(params);
  } else {
    batches_.push_back({&statement, ParamLists(params), std::move(missed)});
  }
  return rows_.size() < kMaxRows && bytes_ < kMaxBytes;
}

std::vector<RowBatches::Batch> RowBatches::take() {
  rows_.clear();
  bytes_ = 0;
  return std::exchange(batches_, {});
}

void RowBatches::clear() {
  rows_.clear();
  batches_.clear();
  bytes_ = 0;
}

}  // namespace sideband
